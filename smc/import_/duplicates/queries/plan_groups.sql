-- Who is merged into whom: in each group the first takes in the second, then the third, and so on.
create or replace temp table smc_plan as
select
    r.place - 1 as round, r.customer_key as merged_key, s.customer_key as survivor_key,
    array_to_string(v.rules, ', ') as rule, v.signs
from smc_ranked as r
join smc_ranked as s on s.group_no = r.group_no and s.place = 1
join smc_verdict as v on v.group_no = r.group_no
where v.why is null and r.place > 1;
