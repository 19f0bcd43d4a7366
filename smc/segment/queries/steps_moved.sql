-- Customers who took a step of a campaign on a day or later.
select e.customer_key
from step_log as l
join entry as e on e.entry_key = l.entry_key
where l.done_on >= $since
