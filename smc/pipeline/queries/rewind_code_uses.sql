-- Uses that receipts showed of codes that nobody but simulated campaigns gave, from the first day on.
delete from promocode_seen as u
using (
    select pool, code, min(used_on) as used_on
    from promocode_issue
    group by pool, code
    having bool_and(recognised and list_contains($names::varchar[], campaign) and issued_on >= $since)
) as i
where i.pool = u.pool and i.code = u.code and i.used_on = u.used_on
