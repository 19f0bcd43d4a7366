-- What a feed remembers of its last load.
select state from import_state where feed = $feed;
