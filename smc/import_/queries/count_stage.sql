-- Rows that arrived in the stage, and those of them that cannot be taken.
select count(*), count(*) filter (where bad) from smc_stage;
