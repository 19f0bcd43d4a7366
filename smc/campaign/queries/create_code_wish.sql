-- Who asks for a code, until when it must be valid, and the last one he has that may be repeated: it is valid so long too.
-- Of mailings the day is known on which the letter is due. Control customers get none.
create or replace temp table code_wish as
with wish as (
    select s.*, g.lifetime, greatest($as_of + g.at_least, coalesce(cast(s.due_at as date), $as_of)) as needed_to
    from standing as s
    join code_group as g on g.pool = s.argument
    where s.action = 'promocode' and s.arm <> 'control'
)
select
    s.entry_key, s.campaign, s.step, s.customer_key, s.argument as pool, s.lifetime, s.needed_to,
    case when s.detail = 'last' then 'customer ' || s.customer_key else s.entry_key end as asker,
    l.code as last_code, l.expires_on as last_expires_on
from wish as s
left join (
    select
        a.entry_key, a.step, i.code, i.expires_on,
        row_number() over (partition by a.entry_key, a.step order by i.issued_on desc, i.code) as nth
    from wish as a
    join promocode_issue as i on i.pool = a.argument and i.customer_key = a.customer_key
    join promocode as p on p.pool = i.pool and p.code = i.code and p.status = 'active'
    where a.detail = 'last' and i.used_on is null and coalesce(p.uses_left > 0, true)
        and coalesce(i.expires_on >= a.needed_to, true) and coalesce(p.valid_to >= a.needed_to, true)
) as l on l.entry_key = s.entry_key and l.step = s.step and l.nth = 1
