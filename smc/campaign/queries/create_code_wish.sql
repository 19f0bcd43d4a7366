-- Who asks for a code, and the last one he has that may be repeated. Control customers get none.
create or replace temp table code_wish as
select
    s.entry_key, s.campaign, s.step, s.customer_key, s.argument as pool, g.lifetime,
    case when s.detail = 'last' then 'customer ' || s.customer_key else s.entry_key end as asker,
    l.code as last_code, l.expires_on as last_expires_on
from standing as s
join code_group as g on g.pool = s.argument
left join (
    select
        i.pool, i.customer_key, i.code, i.expires_on,
        row_number() over (partition by i.pool, i.customer_key order by i.issued_on desc, i.code) as nth
    from promocode_issue as i
    join promocode as p on p.pool = i.pool and p.code = i.code and p.status = 'active'
    where i.used_on is null and coalesce(i.expires_on >= $as_of, true) and coalesce(p.valid_to >= $as_of, true)
) as l on l.pool = s.argument and l.customer_key = s.customer_key and l.nth = 1 and s.detail = 'last'
where s.action = 'promocode' and s.arm <> 'control'
