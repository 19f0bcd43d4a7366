-- Where the present state gave way or there was none, the newest row of the file becomes it; of one instant
-- the "no", then "unknown".
insert into subscription (customer_key, channel, category, state, changed_at, source, wording)
select n.customer_key, n.channel, n.category, n.state, n.changed_at, n.source, n.wording
from smc_new as n
anti join subscription as o
    on o.customer_key = n.customer_key and o.channel = n.channel and o.category = n.category
qualify row_number() over (
    partition by n.customer_key, n.channel, n.category
    order by n.changed_at desc, case n.state when 'no' then 2 when 'unknown' then 1 else 0 end desc
) = 1;
