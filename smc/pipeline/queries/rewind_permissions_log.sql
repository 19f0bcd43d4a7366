-- Permissions as they were on the day before the first: the last row of the log up to it, in place of later ones.
create or replace temp table permission_then as
select l.customer_key, l.channel, l.category, l.state, l.changed_at, l.source, l.wording
from subscription_log as l
join subscription as s
    on s.customer_key = l.customer_key and s.channel = l.channel and s.category = l.category
    and cast(s.changed_at as date) >= $since
where cast(l.changed_at as date) < $since
qualify row_number() over (
    partition by l.customer_key, l.channel, l.category
    order by l.changed_at desc, case l.state when 'no' then 2 when 'unknown' then 1 else 0 end desc
) = 1
