-- Whether cells of some rejected rows are still to be read.
select count(*) from smc_wanted as w anti join smc_cells as c on c.line = w.line;
