-- Zones of the regions that feeds brought: their own, or that of the nearest region above; by id, and by name where all agree
create or replace temp table smc_own_region as
with zoned as (
    select a.region_id, arg_min(z.name, a.depth) as zone
    from region_ancestor a
    join region r on r.region_id = a.ancestor_id
    join smc_zone_name z on z.key = lower(trim(r.timezone))
    group by a.region_id
)
select 'id' as by, region_id as key, zone from zoned
union all
select 'name', smc_region_key(r.name), min(zone)
from zoned join region r on r.region_id = zoned.region_id
where smc_region_key(r.name) <> ''
group by 2 having count(distinct zone) = 1
