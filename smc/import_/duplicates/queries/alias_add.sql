-- The merged id leads to the survivor.
insert into customer_alias select merged_key, survivor_key from smc_pair;
