-- Of known files that came, those of the newest day are enough, each once.
delete from import_left where feed = $feed and kind = 'known' and (as_of < $as_of or file = $file);
