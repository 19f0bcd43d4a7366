-- Codes given so far to look at: those of which something has changed, and those that were given since the last look;
-- with what was known of their use then. Nothing behind this looks at all that were ever given.
create or replace temp table code_looked as
select
    i.pool, i.code, k.known, min(i.customer_key) as customer_key, min(i.issued_on) as issued_on,
    min(i.used_on) as used_on, bool_or(i.recognised) as recognised
from promocode_issue as i
join (
    select code as known from code_touched
    union
    select lower(code) from promocode_issue where issued_on >= $since
) as k on k.known = lower(i.code)
group by i.pool, i.code, k.known
