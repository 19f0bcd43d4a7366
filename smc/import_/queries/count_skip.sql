-- Duplicates of another row, and rows that contradict each other; a row may do so in several of its parts.
select count(distinct ord) filter (where not clash), count(distinct ord) filter (where clash) from smc_skip;
