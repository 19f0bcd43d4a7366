-- Whether customers have an address in each channel, and those that may be used; of a messenger with its name.
select
    p.customer_key, p.channel, max(case when p.good then 1 else 0 end) > 0 as good,
    list(distinct coalesce(p.messenger || ':', '') || p.address) filter (where p.usable and p.address is not null)
        as addresses
from (select unnest(cast($keys as bigint[])) as customer_key) as q
inner join place as p on p.customer_key = q.customer_key
group by p.customer_key, p.channel
