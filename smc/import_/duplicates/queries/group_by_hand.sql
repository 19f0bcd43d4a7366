-- The two customers that a person named.
create or replace temp table smc_group as
select cast(1 as bigint) as group_no, unnest(cast($keys as bigint[])) as customer_key;
