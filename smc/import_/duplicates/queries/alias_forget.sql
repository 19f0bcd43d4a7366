-- No id of the group leads elsewhere.
delete from customer_alias where merged_key in (select customer_key from smc_member);
