-- Planned messages of cascades, with those that the same stay asked for by other channels and that may have left or may still
-- leave, as far as the warehouse knows. What bounced has not arrived.
select g.message_key, b.message_key as other, b.state
from message as g
inner join message as b on b.entry_key = g.entry_key and b.step = g.step and b.channel <> g.channel
where g.state = 'planned' and g.arm <> 'control' and g.kind = 'campaign'
    and (b.reason = 'cascade' or b.state in ('queued', 'accepted', 'unknown', 'delivered'))
