-- The pairs of a round, with what the log says of them.
create or replace temp table smc_pair as
select merged_key, survivor_key, rule, signs from smc_plan where round = $round;
