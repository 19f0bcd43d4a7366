-- Who left, and who waits. A wait is counted from the run in which it was reached.
insert into resting
select entry_key, next_step, case when next_step is not null then due_at end as due_at, reason as exit_reason,
    case when action = 'wait_for' and label = 'waiting' then $now end as waiting_since,
    action = 'cascade' and label = 'waiting' as trying
from moved
where next_step is null or due_at > $now
