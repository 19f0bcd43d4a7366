-- How a file looked at its source when its bytes were read.
insert into import_seen (feed, name, size, changed, version, sha256)
values ($feed, $name, $size, $changed, $version, $sha256);
