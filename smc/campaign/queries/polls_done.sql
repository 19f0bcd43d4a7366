-- Who answered a question of a poll that was opened to him took part.
update task as t
set state = 'done'
from poll_answer as a
where t.kind = 'poll' and t.state = 'handed over' and a.poll = t.target and a.customer_key = t.customer_key
