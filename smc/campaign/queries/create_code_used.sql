-- The first use of the codes to look at: as feeds say it, else as paid receipts show it since the day of issue. An
-- anonymous receipt is the holder's.
create or replace temp table code_used as
select
    i.pool, i.code, i.customer_key as holder, coalesce(f.day, r.day) as used_on,
    f.day is null and r.day is not null as recognised, r.customer_key as buyer
from code_looked as i
left join (
    select k.pool, k.code, min(u.used_on) as day
    from promocode_use as u
    join code_looked as k on k.known = lower(trim(u.code)) and k.pool = u.pool
    group by k.pool, k.code
) as f on f.pool = i.pool and f.code = i.code
left join (
    select
        k.pool, k.code, s.day, s.customer_key,
        row_number() over (partition by k.pool, k.code order by s.day, s.receipt_key) as nth
    from receipt as s
    join code_looked as k on k.known = lower(trim(s.promocode)) and s.day >= k.issued_on
    where s.promocode is not null and s.status = 'paid' and s.day >= $since
) as r on r.pool = i.pool and r.code = i.code and r.nth = 1
