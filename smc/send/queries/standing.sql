-- What holds today for messages that wait in the outbox: campaign, present address and consent, time, and whether the
-- night has found a reason against it.
select g.message_key, g.campaign, g.channel, g.category, q.address as held, i.customer_id, c.email,
    h.good, h.addresses, s.state as consent,
    coalesce(not c.active, false) as inactive, b.message_key is not null as blocked,
    case when g.state = 'suppressed' then g.reason end as found, g.due_at, g.closes_at
from (
    select
        unnest(cast($keys as varchar[])) as message_key,
        unnest(cast($addresses as varchar[])) as address
) as q
inner join message as g on g.message_key = q.message_key
inner join customer_ident as i on i.customer_key = g.customer_key
left join (
    select
        p.customer_key, p.channel, max(case when p.good then 1 else 0 end) > 0 as good,
        list(distinct coalesce(p.messenger || ':', '') || p.address) filter (where p.usable and p.address is not null)
            as addresses
    from place as p
    group by p.customer_key, p.channel
) as h on h.customer_key = g.customer_key and h.channel = g.channel
left join blocked_message as b on b.message_key = g.message_key
left join customer as c on c.customer_key = g.customer_key
left join subscription as s
    on s.customer_key = g.customer_key and s.channel = g.channel and s.category = g.category
