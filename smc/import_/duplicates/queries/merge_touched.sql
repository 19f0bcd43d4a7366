-- The figures of both are worked out anew.
insert into customer_touched select unnest([merged_key, survivor_key]) from smc_pair;
