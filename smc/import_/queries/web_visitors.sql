-- Visitors of the file who are known by name at some time, or whose events belong to somebody: only they can change.
create or replace temp table smc_visitor as
select distinct e.visitor
from web_event as e
semi join (
    select visitor from smc_changed
    union all
    select visitor from smc_old
) as n on n.visitor = e.visitor
where e.customer_key is not null
    and e.occurred_at between $first - to_days($days) and $last + to_days($days);
