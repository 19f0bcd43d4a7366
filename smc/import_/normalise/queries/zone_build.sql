-- The zone that follows from each combination of zone, country, region and city; null where it stays open
create or replace temp table smc_zone as
with said as (
    select
        row_number() over () as n, t.*, z.name as own, c.country as iso,
        case when t.country is null then upper($home) else c.country end as land,
        smc_region_key(t.region) as region_key, smc_place_key(t.city) as city_key
    from smc_zone_text t
    left join smc_zone_name z on z.key = lower(t.timezone)
    left join smc_country c on c.key = smc_place_key(t.country)
),
region as (
    select n, count(distinct r.zone) as zones, min(r.zone) as zone
    from said join smc_region r on r.country = land and r.key = region_key group by n
),
city as (
    select
        n, count(distinct p.zone) as zones, min(p.zone) as zone,
        count(distinct p.zone) filter (where r.code is not null) as zones_here,
        min(p.zone) filter (where r.code is not null) as zone_here
    from said
    join smc_place p on p.country = land and p.key = city_key
    left join smc_region r on r.country = land and r.key = region_key and r.code = p.code and r.zone = p.zone
    group by n
),
found as (
    select
        said.*, coalesce(by_id.zone, by_name.zone) as by_own,
        case
            when region.n is not null then case when city.zones_here = 1 then city.zone_here end
            when city.zones = 1 then city.zone
        end as by_city,
        case when region.zones = 1 and coalesce(city.zones_here, 0) < 2 then region.zone end as by_region,
        country.zone as by_country
    from said
    left join smc_own_region by_id on by_id.by = 'id' and by_id.key = said.region
    left join smc_own_region by_name on by_name.by = 'name' and by_name.key = said.region_key
    left join region on region.n = said.n
    left join city on city.n = said.n
    left join (select distinct country, zone from smc_country) country on country.country = land
)
select
    timezone, country, region, city, iso,
    coalesce(own, by_own, by_city, by_region, by_country) as zone,
    case
        when own is not null then 'given'
        when by_own is not null then 'region'
        when by_city is not null then 'city'
        when by_region is not null then 'region'
        when by_country is not null then 'country'
    end as zone_from,
    cast(case when timezone is not null then case when own is null then $bad else $fine end end as smallint)
        as timezone_status
from found
