-- The loaded file of a feed that had these bytes: under the same name if there is one, the newest first.
select file_key, name, as_of
from import_file
where feed = $feed and sha256 = $sha256 and state = 'loaded' and part_of is null
order by name = $name desc, file_key desc
limit 1;
