-- Codes given so far with their first use: as feeds say it, else as paid receipts show it since the day of issue. An
-- anonymous receipt is the holder's.
create or replace temp table code_used as
select
    i.pool, i.code, i.customer_key as holder, coalesce(f.day, r.day) as used_on,
    f.day is null and r.day is not null as recognised, r.customer_key as buyer
from (
    select pool, code, min(customer_key) as customer_key, min(issued_on) as issued_on
    from promocode_issue
    group by pool, code
) as i
left join (
    select pool, lower(trim(code)) as code, min(used_on) as day
    from promocode_use
    group by pool, lower(trim(code))
) as f on f.pool = i.pool and f.code = lower(i.code)
left join (
    select
        g.pool, g.code, s.day, s.customer_key,
        row_number() over (partition by g.pool, g.code order by s.day, s.receipt_key) as nth
    from receipt as s
    join (select pool, code, min(issued_on) as issued_on from promocode_issue group by pool, code) as g
        on lower(g.code) = lower(trim(s.promocode)) and s.day >= g.issued_on
    where s.promocode is not null and s.status = 'paid' and s.day >= $since
) as r on r.pool = i.pool and r.code = i.code and r.nth = 1
