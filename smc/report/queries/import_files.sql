-- Every file of the ledger, the newest first.
select
    as_of, feed, name, state, reason, changed,
    rows_read, rows_accepted, rows_unchanged, rows_rejected, rows_duplicate, amount
from import_file
where as_of <= $as_of
order by as_of desc, file_key desc
