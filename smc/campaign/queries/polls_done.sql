-- Who answered a question of a poll since it was opened to him took part.
update task as t
set state = 'done'
from poll_answer as a
where t.kind = 'poll' and t.state = 'handed over' and a.poll = t.target and a.customer_key = t.customer_key
    and coalesce(cast(a.answered_at as date) >= t.planned_on, true)
