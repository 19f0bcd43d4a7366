-- The first rejects of a file, before the transaction that found them is undone.
select line, field, source_column, value, reason from smc_reject order by line, field limit $most;
