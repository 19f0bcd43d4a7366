-- How the fields of the file that the ledger has last look.
insert into import_field (file_key, field, rows_good, filled, invalid, fresh)
select (select max(file_key) from import_file), unnest(cast($fields as varchar[])), unnest(cast($good as bigint[])),
    unnest(cast($filled as bigint[])), unnest(cast($invalid as bigint[])), unnest(cast($fresh as bigint[]));
