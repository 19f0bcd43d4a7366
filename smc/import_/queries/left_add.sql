-- Files that wait and files or sources that could not be read.
insert into import_left (feed, file, kind, reason, as_of)
select $feed, unnest(cast($files as varchar[])), unnest(cast($kinds as varchar[])),
    unnest(cast($reasons as varchar[])), $as_of;
