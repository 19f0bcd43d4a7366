-- How the contact data of the active customers are: one scan, then sums. States are codes of smc/model/contact.py; -1 is
-- not given, -2 not looked at yet.
with looks as (
    select
        case when email is null then -1 when email_status is null then -2 else email_status end as email,
        case when phone is null then -1 when phone_status is null then -2 else phone_status end as phone,
        phone_type,
        case when timezone_status >= 30 then 'bad' when timezone is null then 'project' else coalesce(timezone_from, 'given') end
            as timezone,
        count(*) as customers
    from customer
    where coalesce(active, true)
    group by 1, 2, 3, 4
), found as (
    select 1 as place, 'email' as contact, cast(email as varchar) as state, sum(customers) as customers
    from looks
    group by email
    union all
    select 2, 'phone', cast(phone as varchar), sum(customers) from looks group by phone
    union all
    select 3, 'phone_type', phone_type, sum(customers) from looks where phone_type is not null group by phone_type
    union all
    select 4, 'timezone', timezone, sum(customers) from looks group by timezone
)
select
    contact, state, customers,
    cast(customers as double) / nullif(cast(sum(customers) over (partition by contact) as double), 0) as share
from found
order by place, customers desc, state
