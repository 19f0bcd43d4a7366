-- A file that came though its bytes were known: nothing of it is loaded, but the feed is not late.
insert into import_left (feed, file, kind, reason, as_of) values ($feed, $file, 'known', $reason, $as_of);
