-- Rows of the stage that are left out: doubles of another row, and rows that contradict each other (clash) in a field
-- that is part of the key; taken: the line of the row that was preferred to a clashing one, and why.
create or replace temp table smc_skip (
    ord bigint, line bigint, clash boolean, taken bigint, lines bigint[], field varchar, why varchar
);
