-- Rows that the run of a day did not take, in the order of files and lines.
select f.feed, f.name as file, r.line, r.field, r.source_column as column, r.value, r.reason
from reject as r
join import_file as f on f.file_key = r.file_key
where f.as_of = $as_of
order by f.file_key, r.line, r.field
limit $most
