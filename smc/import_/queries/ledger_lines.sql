-- Lines of a loaded file that were not taken, when it was loaded last: what its source sets aside when it acknowledges
-- the others.
select distinct r.line
from reject as r
where r.file_key = (
    select max(file_key) from import_file where feed = $feed and sha256 = $sha256 and state = 'loaded'
)
order by r.line
