-- How many customers with a profile got how many messages in the period.
select coalesce(m.messages, 0) as messages, count(*) as customers
from customer as c
left join (
    select customer_key, count(*) as messages
    from message
    where planned_on between $since and $until and state <> 'suppressed'
    group by customer_key
) as m on m.customer_key = c.customer_key
group by coalesce(m.messages, 0)
order by messages
