-- Active customers by channel: with an address, with one to which messages may go (not known to be bad, no landline for
-- text messages, not on the suppression list), and of these the ones with a yes for at least one category, or a no to
-- every one they were asked for. The table reach is that of create_place.sql and create_reach.sql for everyone.sql.
with said as (
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
from reach k
cross join base b
left join said s on s.customer_key = k.customer_key and s.channel = k.channel
group by k.channel
order by k.channel
