-- Both profiles give way to the merged one.
delete from customer as c
where c.customer_key in (select merged_key from smc_pair) or c.customer_key in (select survivor_key from smc_pair);
