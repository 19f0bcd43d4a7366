-- Files of any feed that brought rows of these objects after a file was loaded.
select count(*)
from import_part as p
join import_file as f on f.file_key = p.file_key
where p.file_key > $file_key and f.state = 'loaded' and p.object in (select unnest(cast($objects as varchar[])));
