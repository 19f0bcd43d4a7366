-- Messages to one customer with all that is kept of them, in their order.
select *
from message
where customer_key = $key
order by planned_on, campaign, step, channel
