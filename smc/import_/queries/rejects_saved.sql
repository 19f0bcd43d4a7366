-- Open rows of loaded files with their cells, to be corrected. Of a row that could not be split the reason shows its text,
-- which is its first cell.
select f.feed, f.name, c.line, c.columns, c.cells,
    string_agg(coalesce(r.field || ': ', '') || r.reason || case when r.field is null then ': ' || coalesce(left(c.cells[1], $shown), '') else '' end, '; ' order by r.field) as reason
from reject_row as c
join import_file as f on f.file_key = c.file_key and f.state = 'loaded'
join reject as r on r.file_key = c.file_key and r.line = c.line
where c.replayed_by is null
    and ($feed is null or f.feed = $feed) and ($file is null or f.name = $file) and ($as_of is null or f.as_of = $as_of)
group by f.file_key, f.feed, f.name, c.line, c.columns, c.cells
order by f.file_key, c.line
