-- The first computation of each segment, so that also an empty one is remembered.
insert into watermark
select 'segment:' || s.segment, $as_of, null
from (select unnest($segments) as segment) s
left join watermark w on w.name = 'segment:' || s.segment
where w.name is null
