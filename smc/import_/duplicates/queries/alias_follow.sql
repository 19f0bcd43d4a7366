-- Ids that led to a merged customer lead to the survivor.
update customer_alias as a set survivor_key = p.survivor_key from smc_pair as p where a.survivor_key = p.merged_key;
