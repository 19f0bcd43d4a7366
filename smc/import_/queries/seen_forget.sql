-- Only the newest look of a file is kept.
delete from import_seen where feed = $feed and name = $name;
