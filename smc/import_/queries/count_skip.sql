-- Duplicates of another row, and rows that contradict each other.
select count(*) filter (where not clash), count(*) filter (where clash) from smc_skip;
