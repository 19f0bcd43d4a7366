-- Active customers by channel: with an address, with one that is not known to be bad (for text messages a phone that is
-- no landline), and of these the ones with a yes for at least one category, or a no to every one they were asked for.
with known as (
    select customer_key, 'email' as channel, case when coalesce(email_status, 0) < 30 then 1 else 0 end as usable
    from customer
    where coalesce(active, true) and email is not null
    union all
    select
        customer_key, 'sms',
        case when coalesce(phone_status, 0) < 30 and coalesce(phone_type, 'mobile') in ('mobile', 'unknown') then 1 else 0 end
    from customer
    where coalesce(active, true) and phone is not null
    union all
    select p.customer_key, p.channel, max(case when coalesce(p.active, true) then 1 else 0 end)
    from contact_point p
    join customer c on c.customer_key = p.customer_key
    where coalesce(c.active, true)
    group by p.customer_key, p.channel
), said as (
    select
        customer_key, channel, max(case when state = 'yes' then 1 else 0 end) as yes,
        min(case when state = 'no' then 1 else 0 end) as nothing_but_no
    from subscription
    group by customer_key, channel
), base as (
    select count(*) as customers from customer where coalesce(active, true)
)
select
    k.channel, max(b.customers) as customers, count(*) as with_address, sum(k.usable) as usable,
    cast(sum(k.usable) as double) / nullif(cast(max(b.customers) as double), 0) as usable_share,
    sum(case when k.usable = 1 and s.yes = 1 then 1 else 0 end) as permitted,
    cast(sum(case when k.usable = 1 and s.yes = 1 then 1 else 0 end) as double)
        / nullif(cast(max(b.customers) as double), 0) as permitted_share,
    sum(case when k.usable = 1 and s.nothing_but_no = 1 then 1 else 0 end) as refused
from known k
cross join base b
left join said s on s.customer_key = k.customer_key and s.channel = k.channel
group by k.channel
order by k.channel
