-- Lines whose cells are to be kept: the first ones that were rejected.
create or replace temp table smc_wanted as select distinct line from smc_reject order by line limit $most;
