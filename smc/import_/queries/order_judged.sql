-- Orders that are new or different now.
create or replace temp table smc_judged as select order_key from smc_changed;
