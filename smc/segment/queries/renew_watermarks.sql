-- Segments and rules that are known keep the day of their first computation.
update watermark as w
set definition = d.definition
from (select unnest($names::varchar[]) as name, unnest($definitions::varchar[]) as definition) as d
where d.name = w.name and d.definition is distinct from w.definition
