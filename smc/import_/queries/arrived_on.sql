-- Files that came in the runs of a day and whose bytes were known.
select count(*) from import_left where feed = $feed and as_of = $as_of and kind = 'known';
