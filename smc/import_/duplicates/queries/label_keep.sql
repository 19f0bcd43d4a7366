-- The labels for the next round.
create or replace temp table smc_label as select customer_key, label from smc_next;
