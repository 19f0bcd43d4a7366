-- Every active customer in each channel for which somebody has an address or was asked for permission.
select c.customer_key, h.channel
from customer as c
cross join (
    select 'email' as channel
    union
    select 'sms'
    union
    select channel from contact_point
    union
    select channel from subscription
) as h
where coalesce(c.active, true)
