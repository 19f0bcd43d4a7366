-- Nor is anything done that helps them, which has not left: calls until their list has, points and bonuses until their
-- file begins to. A field is a note, no gift.
update task
set state = 'suppressed', reason = n.reason
from control_now as n
where n.campaign = task.campaign and n.version = task.version and n.customer_key = task.customer_key
    and task.kind not in ('attribute', 'poll')
    and (
        task.state = 'planned'
        or (
            task.state = 'handed over' and task.kind in ('call', 'points', 'bonuses')
            and task.batch in (
                select batch from task_batch where state = 'made' or (state = 'leaving' and kind = 'calls')
            )
        )
    )
