-- They are noted no more.
delete from customer_merge_entry where merged_key in (select customer_key from smc_member);
