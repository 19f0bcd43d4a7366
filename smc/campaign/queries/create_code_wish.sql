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
        a.entry_key, a.step, i.code, i.expires_on,
        row_number() over (partition by a.entry_key, a.step order by i.issued_on desc, i.code) as nth
    from standing as a
    join promocode_issue as i on i.pool = a.argument and i.customer_key = a.customer_key
    join promocode as p on p.pool = i.pool and p.code = i.code and p.status = 'active'
    where a.action = 'promocode' and a.detail = 'last'
        and i.used_on is null and coalesce(i.expires_on >= $as_of, true) and coalesce(p.valid_to >= $as_of, true)
) as l on l.entry_key = s.entry_key and l.step = s.step and l.nth = 1
where s.action = 'promocode' and s.arm <> 'control'
