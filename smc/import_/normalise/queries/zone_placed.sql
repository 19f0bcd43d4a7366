-- The same as changed customers
create or replace temp view smc_changed as select customer_key from smc_zone_before
