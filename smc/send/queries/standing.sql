-- What holds today for messages that wait in the outbox: campaign, present address and consent, time, and whether the
-- night has found a reason against it.
select g.message_key, g.campaign, g.channel, g.category, q.address, c.email, s.state as consent,
    coalesce(not c.active, false) as inactive, b.message_key is not null as blocked,
    case when g.state = 'suppressed' then g.reason end as found, g.due_at, g.closes_at
from (
    select
        unnest(cast($keys as varchar[])) as message_key,
        unnest(cast($addresses as varchar[])) as address
) as q
inner join message as g on g.message_key = q.message_key
left join blocked_message as b on b.message_key = g.message_key
left join customer as c on c.customer_key = g.customer_key
left join subscription as s
    on s.customer_key = g.customer_key and s.channel = g.channel and s.category = g.category
