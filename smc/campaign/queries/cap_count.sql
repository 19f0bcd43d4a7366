-- Candidates of this turn that found room take it.
update cap_used
set used = used + 1
from (
    select r.customer_key, c.cap_no
    from ranked as r
    join gated as g on g.message_key = r.message_key and g.reason is null
    join cap as c on r.channel = coalesce(c.channel, r.channel) and r.category = coalesce(c.category, r.category)
    where r.turn = $turn
) as taken
where cap_used.customer_key = taken.customer_key and cap_used.cap_no = taken.cap_no
