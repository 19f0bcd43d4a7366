-- Metrics and segments look at those anew whose messages stop_untried takes back.
insert into customer_touched
select distinct m.customer_key
from message as m
join standing as s on s.entry_key = m.entry_key and s.step = m.step and s.action = 'cascade'
join tried as t on t.entry_key = s.entry_key and t.step = s.step and not t.done
where m.state in ('planned', 'queued')
