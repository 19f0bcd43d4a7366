-- Rows of the file that no part of it takes.
create or replace temp table smc_left as select distinct ord from smc_skip;
