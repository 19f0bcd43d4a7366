-- Hash of the last file that the feed has loaded under this name, or at all without one; corrected rejects are no files of the source.
select sha256
from import_file
where feed = $feed and name = coalesce($name, name) and state = 'loaded' and part_of is null
order by file_key desc
limit 1;
