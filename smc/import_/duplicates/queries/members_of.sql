-- All customers of a group of merges.
create or replace temp table smc_member as
select cast($final as bigint) as customer_key
union
select merged_key from customer_alias where survivor_key = $final;
