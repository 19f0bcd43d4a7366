-- Hashes under which the feed has loaded a file of this name; corrected rejects are no files of the source.
select distinct sha256 from import_file where feed = $feed and name = $name and state = 'loaded' and part_of is null;
