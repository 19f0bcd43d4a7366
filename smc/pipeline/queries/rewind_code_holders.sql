-- The list of codes names nobody any more to whom simulated campaigns alone gave a code from the first day on: only free
-- codes are given.
update promocode as p
set customer_key = null
from (
    select pool, code
    from promocode_issue
    group by pool, code
    having bool_and(list_contains($names::varchar[], campaign) and issued_on >= $since)
) as i
where i.pool = p.pool and i.code = p.code
