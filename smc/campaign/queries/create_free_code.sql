-- Codes that nobody has, in the order in which they are given. A code that two groups have is one code: tills see no
-- group and mind no capitals, so it is free where every row of it is.
create or replace temp table free_code as
select pool, code, valid_to, row_number() over (partition by pool order by coalesce(valid_to, date '9999-12-31'), code) as nth
from (
    select
        p.pool, p.code, p.valid_to,
        row_number() over (partition by lower(p.code) order by p.pool, p.code) as same
    from promocode as p
    join (select distinct pool from code_wish where last_code is null) as w on w.pool = p.pool
    left join (
        select distinct lower(code) as code
        from promocode
        where coalesce(status <> 'active', true) or customer_key is not null or uses_left <= 0
    ) as t on t.code = lower(p.code)
    left join (select distinct lower(code) as code from promocode_issue) as i on i.code = lower(p.code)
    left join (select distinct lower(code) as code from promocode_use) as u on u.code = lower(p.code)
    where t.code is null and i.code is null and u.code is null
        and coalesce(p.valid_from <= $as_of, true) and coalesce(p.valid_to >= $as_of, true)
) as once
where same = 1
