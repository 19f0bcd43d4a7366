-- Groups with two customers whom a person parted.
create or replace temp table smc_apart as
select distinct one.group_no
from customer_merge as p
left join customer_alias as a on a.merged_key = p.merged_key
left join customer_alias as b on b.merged_key = p.survivor_key
join smc_group as one on one.customer_key = coalesce(a.survivor_key, p.merged_key)
join smc_group as other
    on other.group_no = one.group_no and other.customer_key = coalesce(b.survivor_key, p.survivor_key)
where p.undone_on is not null and other.customer_key <> one.customer_key;
