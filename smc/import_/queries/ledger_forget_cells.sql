-- A file that was refused is tried again: the cells kept of it then are replaced.
delete from reject_row
using import_file as f
where reject_row.file_key = f.file_key and f.feed = $feed and f.state = 'refused' and (f.name = $name or f.sha256 = $sha256);
