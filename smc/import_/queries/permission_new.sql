-- Permissions that the log lacks. A row that it has changes nothing, unless the state of its instant is another now: of
-- rows with one instant a "no" holds, then "unknown", whatever came first, and of those with one state the later file.
create or replace temp table smc_new as
select i.customer_key, i.channel, i.category, i.state, i.changed_at, i.source, i.wording
from smc_in as i
left join subscription as o
    on o.customer_key = i.customer_key and o.channel = i.channel and o.category = i.category
    and o.changed_at = i.changed_at
    and (o.state <> i.state or o.source is distinct from i.source or o.wording is distinct from i.wording)
    and case i.state when 'no' then 2 when 'unknown' then 1 else 0 end
        >= case o.state when 'no' then 2 when 'unknown' then 1 else 0 end
where o.customer_key is not null or not exists (
    select 1 from subscription_log as l
    where l.customer_key = i.customer_key and l.channel = i.channel and l.category = i.category
        and l.changed_at = i.changed_at and l.state = i.state
        and l.source is not distinct from i.source and l.wording is not distinct from i.wording
);
