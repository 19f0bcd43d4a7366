-- Files that the feed has loaded in the runs of a day.
select count(*) from import_file where feed = $feed and as_of = $as_of and state = 'loaded';
