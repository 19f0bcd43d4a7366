-- Messages of tonight that have a code to print: that of the promocode step that stands last before each on its entry's
-- way, if that step gave one, and it is not blocked, used or over on the day on which the message is due.
create or replace temp table code_printed as
select p.message_key
from (
    select
        g.message_key, cast(g.due_at as date) as day, k.pool, k.code, k.expires_on, k.used_on,
        row_number() over (partition by g.message_key order by k.step desc) as place
    from gated as g
    join (
        select entry_key, step, pool, code, expires_on, used_on
        from promocode_issue
        union all
        select entry_key, step, null as pool, null as code, null as expires_on, null as used_on
        from step_log
        where outcome in ('no code', 'held back')
    ) as k on k.entry_key = g.entry_key and k.step < g.step
    where g.reason is null
) as p
join promocode as o on o.pool = p.pool and o.code = p.code and o.status = 'active'
where p.place = 1 and p.used_on is null and coalesce(o.uses_left > 0, true)
    and coalesce(p.expires_on >= p.day, true) and coalesce(o.valid_to >= p.day, true)
