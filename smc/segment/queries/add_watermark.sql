-- The last computation of all segments.
insert into watermark values ('segment', $as_of, $definition)
