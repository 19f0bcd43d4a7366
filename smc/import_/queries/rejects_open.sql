-- Rows that were not taken and that nobody has brought again, with the fields that were wrong.
select f.feed, f.name as file, r.line, r.field, r.source_column as column, r.value, r.reason, f.state, f.as_of
from reject as r
join import_file as f on f.file_key = r.file_key
where ($feed is null or f.feed = $feed) and ($file is null or f.name = $file) and ($as_of is null or f.as_of = $as_of)
    and not exists (
        select 1 from reject_row as c
        where c.file_key = r.file_key and c.line = r.line and c.replayed_by is not null
    )
order by f.file_key, r.line, r.field
limit $most
