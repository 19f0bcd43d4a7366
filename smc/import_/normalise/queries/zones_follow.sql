-- Zones of changed customers from all that the table knows of them; a phone of another country than the address tells nothing
update customer c
set timezone = f.zone, timezone_from = f.zone_from, timezone_status = f.timezone_status
from (
    select
        o.customer_key, nz.timezone_status,
        coalesce(nz.zone, n.zone) as zone,
        coalesce(nz.zone_from, case when n.zone is not null then 'phone' end) as zone_from
    from customer o
    join smc_zone nz
        on nz.timezone is not distinct from o.timezone_given and nz.country is not distinct from o.country
        and nz.region is not distinct from o.region and nz.city is not distinct from o.city
    cross join lateral (
        select case when nz.iso is null or o.phone_region is null or nz.iso = o.phone_region then o.phone_timezone end
            as zone
    ) n
    where o.customer_key in (select customer_key from smc_changed)
) f
where f.customer_key = c.customer_key
    and (
        c.timezone is distinct from f.zone or c.timezone_from is distinct from f.zone_from
        or c.timezone_status is distinct from f.timezone_status
    )
