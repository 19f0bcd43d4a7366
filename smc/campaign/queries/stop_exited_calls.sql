-- Nor is he called, until the list of calls has left. What a step has given him is his.
update task
set state = 'suppressed', reason = o.reason
from let_out as o
where task.kind = 'call' and o.entry_key = task.entry_key
    and (
        task.state = 'planned'
        or (
            task.state = 'handed over'
            and task.batch in (select batch from task_batch where kind = 'calls' and state in ('made', 'leaving'))
        )
    )
