-- The state of a feed is replaced by every load that has one.
delete from import_state where feed = $feed;
