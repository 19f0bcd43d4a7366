-- Only the last import of a feed counts; that a known file came is remembered until the next one comes.
delete from import_left where feed = $feed and kind <> 'known';
