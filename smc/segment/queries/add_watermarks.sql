-- The first computation of each segment and rule, so that also an empty one is remembered.
insert into watermark
select d.name, $as_of, d.definition
from (select unnest($names::varchar[]) as name, unnest($definitions::varchar[]) as definition) as d
left join watermark as w on w.name = d.name
where w.name is null
