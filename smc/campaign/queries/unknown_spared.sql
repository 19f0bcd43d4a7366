-- Messages that may or may not have left, to whoever is control by now or was let out of his stay: they are not sent
-- again.
select m.message_key, coalesce(n.reason, o.reason) as reason
from message as m
left join control_now as n
    on n.campaign = m.campaign and n.version = m.version and n.customer_key = m.customer_key
left join let_out as o on o.entry_key = m.entry_key
where m.state = 'unknown' and (n.reason is not null or o.reason is not null)
