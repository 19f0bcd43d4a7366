-- The code that an entry got last before each message or task, if it can still be used on the day of that.
select p.message_key, p.code, p.expires_on
from (
    select h.message_key, k.code, k.expires_on,
        row_number() over (partition by h.message_key order by k.step desc) as place
    from $asked as h
    inner join promocode_issue as k on k.entry_key = h.entry_key and k.step < h.step
    inner join promocode as o on o.pool = k.pool and o.code = k.code and o.status = 'active'
    where coalesce(k.expires_on >= h.day, true)
) as p
where p.place = 1
