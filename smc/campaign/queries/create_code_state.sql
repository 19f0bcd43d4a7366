-- What became of each code of the groups asked for. A blocked code is blocked, a used one used, whatever else it is.
create or replace temp table code_state as
select
    p.pool, p.code, coalesce(i.customer_key, p.customer_key) as customer_key, i.campaign, i.issued_on,
    coalesce(i.expires_on, p.valid_to) as expires_on, coalesce(i.used_on, u.used_on) as used_on,
    case
        when p.status = 'void' then 'blocked'
        when p.status = 'used' or i.used_on is not null or u.code is not null then 'used'
        when coalesce(i.expires_on, p.valid_to) < $as_of then 'expired'
        when i.code is not null or p.customer_key is not null then 'issued'
        else 'free'
    end as state
from promocode as p
left join (
    select pool, code, min(customer_key) as customer_key, min(campaign) as campaign, min(issued_on) as issued_on,
        max(expires_on) as expires_on, min(used_on) as used_on
    from promocode_issue
    group by pool, code
) as i on i.pool = p.pool and i.code = p.code
left join (
    select pool, lower(trim(code)) as code, min(used_on) as used_on
    from promocode_use
    group by pool, lower(trim(code))
) as u on u.pool = p.pool and u.code = lower(p.code)
where list_contains($pools::varchar[], p.pool)
