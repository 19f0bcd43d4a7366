-- Rows of the file in which an object must not change.
create or replace temp table smc_refused_row (ord bigint, line bigint, field varchar, why varchar);
