-- Median number of rows of the last loads of a feed; corrected rejects are no loads of their own.
select median(rows_read)
from (
    select rows_read from import_file
    where feed = $feed and state = 'loaded' and part_of is null
    order by file_key desc
    limit $last
);
