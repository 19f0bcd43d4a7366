-- Lines of rows that would undo what was loaded since.
select distinct line from smc_reject where reason in (select unnest(cast($reasons as varchar[]))) order by line;
