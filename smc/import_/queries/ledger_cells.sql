-- The cells of the rejects of the file that the ledger has last; of a refused file only the first ones.
insert into reject_row (file_key, line, columns, cells)
select (select max(file_key) from import_file), line, columns, cells from smc_cells order by line limit $most;
