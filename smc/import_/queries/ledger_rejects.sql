-- The rejects of the file that the ledger has last, first lines first; of a refused file only the first ones.
insert into reject (file_key, line, field, source_column, value, reason)
select (select max(file_key) from import_file), line, field, source_column, value, reason
from smc_reject
order by line, field
limit $most;
