-- Metrics and segments look at those anew whose messages stop_controlled suppresses.
insert into customer_touched
select distinct m.customer_key
from message as m
join control_now as n on n.campaign = m.campaign and n.version = m.version and n.customer_key = m.customer_key
where m.state in ('planned', 'queued') and m.arm <> 'control'
