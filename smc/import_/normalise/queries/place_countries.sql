-- Countries by each of their names, with the zone of those that have one clock
create or replace temp table smc_country as
select smc_place_key(name) as key, min(country) as country, min(nullif(zone, '')) as zone
from (select unnest($c0::varchar[]) as country, unnest($c1::varchar[]) as name, unnest($c2::varchar[]) as zone)
group by 1 having count(distinct country) = 1
