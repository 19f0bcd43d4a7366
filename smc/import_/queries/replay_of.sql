-- The rejected row that each corrected one stands for: of files with one name the last one in which it is open.
select w.at, c.file_key, w.line
from (select unnest(cast($at as bigint[])) as at, unnest(cast($names as varchar[])) as name, unnest(cast($lines as bigint[])) as line) as w
join import_file as f on f.feed = $feed and f.name = w.name and f.state = 'loaded'
join reject_row as c on c.file_key = f.file_key and c.line = w.line
qualify row_number() over (partition by w.at order by c.replayed_by is null desc, c.file_key desc) = 1
order by w.at
