-- Rows of files that the run of a day did not take, in the order of files and lines; of one name the last file.
with shown as (
    select max(f.file_key) as file_key
    from import_file as f
    join (select distinct unnest(cast($feeds as varchar[])) as feed, unnest(cast($names as varchar[])) as name) as n
        on n.feed = f.feed and n.name = f.name
    where f.as_of = $as_of
    group by f.feed, f.name
)
select f.feed, f.name as file, r.line, r.field, r.source_column as column, r.value, r.reason
from shown as s
join import_file as f on f.file_key = s.file_key
join reject as r on r.file_key = s.file_key
order by f.file_key, r.line, r.field
limit $most
