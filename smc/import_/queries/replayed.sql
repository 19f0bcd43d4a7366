-- What the file brings again is no longer open under the old one.
update reject_row set replayed_by = (select max(file_key) from import_file)
where file_key = $part_of and line in (select unnest(cast($lines as bigint[])));
