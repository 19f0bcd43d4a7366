-- The last loads of each feed, the newest at place 1, with as many before it as the feed compares with. Corrected
-- rejects are no loads of their own.
create or replace temp table smc_last_load as
select f.*, count(*) over (partition by f.feed) - 1 as before
from (
    select *, row_number() over (partition by feed order by file_key desc) as place
    from import_file
    where state = 'loaded' and part_of is null and as_of <= $as_of
) as f
join (
    select unnest(cast($feeds as varchar[])) as feed, unnest(cast($last as integer[])) as last
) as w on w.feed = f.feed and f.place <= w.last + 1;
