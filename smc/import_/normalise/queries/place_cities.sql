-- Towns by each of their names
create or replace temp table smc_place as
select distinct country, code, zone, smc_place_key(name) as key
from (
    select unnest($c0::varchar[]) as country, unnest($c1::varchar[]) as code, unnest($c2::varchar[]) as zone,
        unnest($c3::varchar[]) as name
)
