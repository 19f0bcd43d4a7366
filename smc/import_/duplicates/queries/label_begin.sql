-- Every customer begins as a group of his own.
create or replace temp table smc_label as
select distinct customer_key, customer_key as label from smc_link where n <= $largest;
