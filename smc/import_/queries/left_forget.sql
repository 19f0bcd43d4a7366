-- Only the last import of a feed counts.
delete from import_left where feed = $feed;
