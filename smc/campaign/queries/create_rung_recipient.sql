-- Whom cascades might message by which channel.
create or replace temp table recipient as
select distinct s.customer_key, g.channel
from standing as s
join tried as t on t.entry_key = s.entry_key and t.step = s.step and not t.done
join rung as g on g.campaign = s.campaign and g.version = s.version and g.step = s.step and g.place > t.place
where s.action = 'cascade'
