-- Lines of a loaded file that were not taken: what its source sets aside when it acknowledges the others.
select distinct r.line
from reject as r
join import_file as f on f.file_key = r.file_key
where f.feed = $feed and f.sha256 = $sha256 and f.state = 'loaded'
order by r.line
