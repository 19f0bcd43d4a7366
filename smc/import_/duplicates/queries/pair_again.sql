-- A merge that is done again, because another of the same group was undone.
create or replace temp table smc_pair as
select cast($merged as bigint) as merged_key, cast($survivor as bigint) as survivor_key;
