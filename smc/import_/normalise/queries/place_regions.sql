-- Regions by each of their names, one row for each zone that they have
create or replace temp table smc_region as
select distinct country, code, zone, smc_region_key(name) as key
from (
    select unnest($c0::varchar[]) as country, unnest($c1::varchar[]) as code, unnest($c2::varchar[]) as zone,
        unnest($c3::varchar[]) as name
)
where key <> ''
