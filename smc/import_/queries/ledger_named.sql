-- Hashes under which the feed has loaded a file of this name.
select distinct sha256 from import_file where feed = $feed and name = $name and state = 'loaded';
