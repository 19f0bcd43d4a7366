-- Metrics and segments look at those anew whose messages stop_exited takes back.
insert into customer_touched
select distinct m.customer_key
from message as m
join let_out as o on o.entry_key = m.entry_key
where m.state in ('planned', 'queued')
