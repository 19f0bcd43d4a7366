-- A file that was refused is tried again: what was said about it then is replaced.
delete from reject
using import_file as f
where reject.file_key = f.file_key and f.feed = $feed and f.state = 'refused' and (f.name = $name or f.sha256 = $sha256);
