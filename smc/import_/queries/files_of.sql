-- Files that the run of a day took or refused, as the ledger has them.
select
    feed, name as file, state, changed, rows_read, rows_accepted, rows_unchanged, rows_rejected, rows_duplicate, amount,
    reason
from import_file
where as_of = $as_of
order by file_key
