-- The present state of every permission that has a new row gives way; it is worked out from the log.
delete from subscription as o
using (select distinct customer_key, channel, category from smc_new) as n
where o.customer_key = n.customer_key and o.channel = n.channel and o.category = n.category;
