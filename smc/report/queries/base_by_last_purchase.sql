-- Customers with a profile by full months (of 30 days) since their last paid receipt; 12 is a year or more, 13 never.
with last_day as (
    select customer_key, max(day) as day
    from receipt
    where status = 'paid' and day <= $as_of and customer_key is not null
    group by customer_key
), aged as (
    select
        case
            when l.day is null then 13
            when date_diff('day', l.day, $as_of) >= 360 then 12
            else cast(floor(cast(date_diff('day', l.day, $as_of) as double) / 30) as integer)
        end as months
    from customer c
    left join last_day l on l.customer_key = c.customer_key
)
select months, count(*) as customers, cast(count(*) as double) / nullif(cast(sum(count(*)) over () as double), 0) as share
from aged
group by months
order by months
