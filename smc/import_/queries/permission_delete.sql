-- The present state gives way to a row that is as new or newer.
delete from subscription as o
using (select customer_key, channel, category, max(changed_at) as changed_at from smc_new group by all) as n
where o.customer_key = n.customer_key and o.channel = n.channel and o.category = n.category
    and o.changed_at <= n.changed_at;
