-- What the file that the ledger has last did to one of its objects.
insert into import_part (file_key, object, rows_accepted, rows_unchanged, amount)
select max(file_key), $object, $accepted, $unchanged, cast($amount as decimal(38, 2)) from import_file;
