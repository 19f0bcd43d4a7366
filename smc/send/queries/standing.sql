-- What holds today for messages that wait in the outbox: campaign, present address and consent.
select g.message_key, g.campaign, g.channel, g.category, q.address, c.email, s.state as consent,
    coalesce(not c.active, false) as inactive
from (
    select
        unnest(cast($keys as varchar[])) as message_key,
        unnest(cast($addresses as varchar[])) as address
) as q
inner join message as g on g.message_key = q.message_key
left join customer as c on c.customer_key = g.customer_key
left join subscription as s
    on s.customer_key = g.customer_key and s.channel = g.channel and s.category = g.category
