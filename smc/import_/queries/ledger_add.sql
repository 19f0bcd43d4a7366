-- The fate of a file.
insert into import_file (
    file_key, feed, name, sha256, bytes, state, reason, changed, as_of, source,
    rows_read, rows_accepted, rows_unchanged, rows_rejected, rows_duplicate, amount,
    rows_vanished, part_of
)
select
    coalesce(max(file_key), 0) + 1, $feed, $name, $sha256, $bytes, $state, $reason, $changed, $as_of, $source,
    $read, $accepted, $unchanged, $rejected, $duplicate, cast($amount as decimal(38, 2)),
    $vanished, $part_of
from import_file;
