-- Only rows of customers who are in some merge.
delete from smc_given
where own_key is null or (
    own_key not in (select merged_key from customer_alias) and own_key not in (select survivor_key from customer_alias)
);
