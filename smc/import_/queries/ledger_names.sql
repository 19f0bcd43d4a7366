-- Names under which the feed has loaded files, for those who look at a source.
select distinct name from import_file where feed = $feed and state = 'loaded';
