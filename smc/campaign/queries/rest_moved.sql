-- Who left, and who waits: a wait is counted from the night in which the step was reached.
insert into resting
select entry_key, next_step, case when next_step is not null then $as_of + days end as due_on, reason as exit_reason
from moved
where next_step is null or action = 'wait'
