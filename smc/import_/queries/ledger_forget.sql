-- A file that was refused is tried again: its row in the ledger is replaced.
delete from import_file where feed = $feed and state = 'refused' and (name = $name or sha256 = $sha256);
