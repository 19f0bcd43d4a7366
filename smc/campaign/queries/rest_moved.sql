-- Who left, and who waits. A wait is counted from the run in which it was reached.
insert into resting
select entry_key, next_step, case when next_step is not null then due_at end as due_at, reason as exit_reason
from moved
where next_step is null or due_at > $now
