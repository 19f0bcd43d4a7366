-- What became of each code of the groups asked for. A blocked code is blocked, a used one used, whatever else it is. A
-- code that two groups have is one code: tills see no group and mind no capitals. Of a free one it is told whether it can be given:
-- it is valid by now, and for so many days more as its group wants.
create or replace temp table code_state as
select
    p.pool, p.code, coalesce(i.customer_key, p.customer_key) as customer_key, i.campaign, i.issued_on,
    coalesce(i.expires_on, p.valid_to) as expires_on, coalesce(i.used_on, u.used_on) as used_on,
    case
        when o.blocked then 'blocked'
        when o.used or i.used_on is not null or u.code is not null or g.used then 'used'
        when coalesce(i.expires_on, p.valid_to) < $as_of then 'expired'
        when g.code is not null or o.held then 'issued'
        else 'free'
    end as state,
    coalesce(p.valid_from <= $as_of, true) and coalesce(p.valid_to >= $as_of + a.days, true) as lasts
from promocode as p
join (select unnest($pools::varchar[]) as pool, unnest($days::integer[]) as days) as a on a.pool = p.pool
left join (
    select pool, code, min(customer_key) as customer_key, min(campaign) as campaign, min(issued_on) as issued_on,
        max(expires_on) as expires_on, min(used_on) as used_on
    from promocode_issue
    group by pool, code
) as i on i.pool = p.pool and i.code = p.code
left join (
    select lower(trim(code)) as code, min(used_on) as used_on
    from promocode_use
    group by lower(trim(code))
) as u on u.code = lower(p.code)
left join (
    select lower(code) as code, bool_or(used_on is not null) as used
    from promocode_issue
    group by lower(code)
) as g on g.code = lower(p.code)
left join (
    select
        lower(code) as code, bool_or(status = 'void') as blocked, bool_or(status = 'used' or uses_left <= 0) as used,
        bool_or(customer_key is not null) as held
    from promocode
    group by lower(code)
) as o on o.code = lower(p.code)
