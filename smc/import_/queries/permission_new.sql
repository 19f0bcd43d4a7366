-- Permissions that the log lacks; a row that it has already changes nothing.
create or replace temp table smc_new as
select i.customer_key, i.channel, i.category, i.state, i.changed_at, i.source, i.wording
from smc_in as i
anti join subscription_log as l
    on l.customer_key = i.customer_key and l.channel = i.channel and l.category = i.category
    and l.changed_at = i.changed_at and l.state = i.state
    and l.source is not distinct from i.source and l.wording is not distinct from i.wording;
