-- Messages to one customer, sent or not, newest first.
select campaign, channel, template, planned_on, due_at, state, reason
from message
where customer_key = $key
order by due_at desc, campaign, step
limit 50
