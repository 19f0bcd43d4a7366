-- What the source of a feed showed of files that are loaded; a file that the ledger lost is read again.
select s.name, s.size, s.changed, s.version, s.sha256
from import_seen as s
where s.feed = $feed
    and exists (select 1 from import_file as f where f.feed = s.feed and f.sha256 = s.sha256 and f.state = 'loaded');
