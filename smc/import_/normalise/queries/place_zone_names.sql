-- Zones that both tzdata and the warehouse know, found in any case
create or replace temp table smc_zone_name as
select lower(name) as key, any_value(name) as name
from (select unnest($names::varchar[]) as name) where name in (select name from pg_timezone_names()) group by 1
