-- Rows taken, and those with a value in a field, over the last loads of a feed.
select coalesce(sum(f.rows_good), 0), coalesce(sum(f.filled), 0)
from import_field as f
semi join (
    select file_key from import_file
    where feed = $feed and state = 'loaded' and part_of is null
    order by file_key desc
    limit $last
) as l on l.file_key = f.file_key
where f.field = $field;
