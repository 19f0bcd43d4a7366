-- The log of merges; numbers go on.
insert into customer_merge
select
    (select coalesce(max(merge_no), 0) from customer_merge) + row_number() over (order by survivor_key, merged_key),
    rule, signs, merged_key, survivor_key, $as_of, null
from smc_pair;
