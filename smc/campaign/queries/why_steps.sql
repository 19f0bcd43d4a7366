-- Steps that the stays of one customer did, in their order.
select l.entry_key, l.step, l.done_on, l.outcome
from step_log as l
join entry as e on e.entry_key = l.entry_key
where e.customer_key = $key
order by l.entry_key, l.done_on, l.step, l.visit
