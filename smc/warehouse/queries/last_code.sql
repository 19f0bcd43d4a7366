-- The code that a message or task prints: that of the promocode step that stands last before it on the way of its entry.
-- Nothing if that step gave none, or its code cannot be used on the day of the message: an older code says something else.
select p.message_key, p.code, least(p.expires_on, o.valid_to) as expires_on
from (
    select h.message_key, h.day, k.pool, k.code, k.expires_on, k.used_on,
        row_number() over (partition by h.message_key order by k.step desc) as place
    from $asked as h
    inner join (
        select entry_key, step, pool, code, expires_on, used_on
        from promocode_issue
        union all
        select entry_key, step, null as pool, null as code, null as expires_on, null as used_on
        from step_log
        where outcome in ('no code', 'held back')
    ) as k on k.entry_key = h.entry_key and k.step < h.step
) as p
inner join promocode as o on o.pool = p.pool and o.code = p.code and o.status = 'active'
where p.place = 1 and p.used_on is null and coalesce(o.uses_left > 0, true)
    and coalesce(p.expires_on >= p.day, true) and coalesce(o.valid_to >= p.day, true)
