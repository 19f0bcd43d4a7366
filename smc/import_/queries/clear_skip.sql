-- Rows of the stage that are left out: doubles of another row, and rows that contradict each other (clash).
create or replace temp table smc_skip (ord bigint, line bigint, clash boolean, first bigint, lines bigint[]);
