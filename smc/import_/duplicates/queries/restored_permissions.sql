-- Permissions that came back and of which the log tells.
create or replace temp table smc_new as
select r.customer_key, r.channel, r.category
from smc_restored as r
semi join subscription_log as l
    on l.customer_key = r.customer_key and l.channel = r.channel and l.category = r.category;
