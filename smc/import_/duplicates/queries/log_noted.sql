-- Rows of the log of permissions that came under a merged id.
insert into customer_moved
select distinct
    'subscription_log', cast(row(n.channel, n.category, n.state, n.changed_at, n.source, n.wording) as varchar), g.own_key
from smc_new as n
join smc_given as g
    on g.customer_key = n.customer_key and g.channel = n.channel and g.category = n.category
    and g.changed_at = n.changed_at and g.state = n.state
where g.own_key <> g.customer_key;
