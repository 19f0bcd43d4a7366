-- Who waits for which rows: word and bit in the bitset of a row.
create or replace temp table watch_place as
select unnest($watches::varchar[]) as watch, unnest($words::integer[]) as word, unnest($bits::bigint[]) as bit
