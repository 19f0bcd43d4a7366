-- Where the bit of each segment and rule stands.
insert into segment_place
select unnest($kinds::varchar[]), unnest($names::varchar[]), unnest($words::integer[]), unnest($bits::bigint[])
