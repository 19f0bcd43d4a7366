-- An empty place for the cells of rejected rows.
create or replace temp table smc_cells (line bigint, columns varchar[], cells varchar[]);
