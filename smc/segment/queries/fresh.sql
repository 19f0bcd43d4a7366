-- Segments that have never been computed before today: their members were in from the start and did not enter.
select s.segment
from (select unnest($segments) as segment) s
left join watermark w on w.name = 'segment:' || s.segment
where w.as_of is null or w.as_of = $as_of
