-- Candidates of this turn that find a cap full.
update gated
set reason = 'policy'
from (
    select distinct r.message_key
    from ranked as r
    join cap as c on r.channel = coalesce(c.channel, r.channel) and r.category = coalesce(c.category, r.category)
    join cap_used as u on u.customer_key = r.customer_key and u.cap_no = c.cap_no
    where r.turn = $turn and u.used >= c.messages
) as full_cap
where gated.message_key = full_cap.message_key
