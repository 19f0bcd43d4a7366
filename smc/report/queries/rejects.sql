-- Rows that were not taken, by feed, field and reason, with the first one as an example.
with placed as (
    select
        f.feed, j.field, j.reason, f.name, j.line, j.value,
        row_number() over (
            partition by f.feed, j.field, j.reason order by f.file_key desc, j.line, j.source_column
        ) as place,
        count(*) over (partition by f.feed, j.field, j.reason) as found
    from reject j
    join import_file f on f.file_key = j.file_key
    where f.as_of <= $as_of
)
select feed, field, reason, found, name, line, value
from placed
where place = 1
order by found desc, feed, field, reason
