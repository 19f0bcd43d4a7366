-- Of the files that brought these objects after a file, or after the one that it corrects: the last, and the last that
-- took rows away or is whole.
with recursive origin as (
    select file_key, file_key as first_key from import_file where part_of is null
    union all
    select f.file_key, o.first_key from import_file as f join origin as o on o.file_key = f.part_of
)
select arg_max(f.name, f.file_key), arg_max(f.name, f.file_key) filter (where f.rows_vanished is not null)
from import_file as f
join origin as o on o.file_key = f.file_key
where f.state = 'loaded' and o.first_key > (select first_key from origin where file_key = $part_of)
    and (f.feed = $feed or exists (
        select 1 from import_part as p where p.file_key = f.file_key and p.object in (select unnest(cast($objects as varchar[])))
    ));
