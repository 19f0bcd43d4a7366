-- Nor is he called, until the list of calls has left. What a step has given him is his.
update task
set state = 'suppressed', reason = 'exited'
from entry as e
where task.kind = 'call' and e.entry_key = task.entry_key and e.exited_on is not null
    and e.exit_reason in ('goal reached', 'exit condition', 'exit condition no longer valid')
    and (
        task.state = 'planned'
        or (
            task.state = 'handed over'
            and task.batch in (select batch from task_batch where kind = 'calls' and state in ('made', 'leaving'))
        )
    )
