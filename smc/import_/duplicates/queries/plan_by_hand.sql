-- Who of the two is merged into whom.
create or replace temp table smc_plan as
select
    cast(1 as bigint) as round, r.customer_key as merged_key, s.customer_key as survivor_key,
    $rule as rule, cast([] as varchar[]) as signs
from smc_ranked as r join smc_ranked as s on s.place = 1
where r.place = 2;
