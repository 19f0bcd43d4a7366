-- Codes that nobody has and that are valid long enough, in the order in which they are given. A code that two groups have is one code: tills see no
-- group and mind no capitals, so it is free where every row of it is.
create or replace temp table free_code as
with stock as (
    select p.pool, p.code, p.valid_to, lower(p.code) as known
    from promocode as p
    join (
        select pool, max(needed_to) as needed_to
        from code_wish
        where last_code is null
        group by pool
    ) as w on w.pool = p.pool
    where p.status = 'active' and p.customer_key is null and coalesce(p.uses_left > 0, true)
        and coalesce(p.valid_from <= $as_of, true) and coalesce(p.valid_to >= w.needed_to, true)
),
taken as (
    select lower(code) as known
    from promocode
    where coalesce(status <> 'active', true) or customer_key is not null or uses_left <= 0
    union all
    select lower(code) from promocode_issue
    union all
    select lower(code) from promocode_use
)
select pool, code, valid_to, row_number() over (partition by pool order by coalesce(valid_to, date '9999-12-31'), code) as nth
from (
    select s.*, row_number() over (partition by s.known order by s.pool, s.code) as same
    from stock as s
    where not exists (select 1 from taken as t where t.known = s.known)
) as once
where same = 1
