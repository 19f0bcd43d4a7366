-- What each customer has already got under each cap. What was never sent does not count.
create or replace temp table cap_used as
select w.customer_key, w.cap_no, count(m.message_key) as used
from (
    select distinct r.customer_key, c.cap_no, c.channel, c.category, c.days
    from ranked as r
    cross join cap as c
) as w
left join message as m
    on m.customer_key = w.customer_key
    and m.planned_on > $as_of - w.days
    and m.planned_on <= $as_of
    and m.channel = coalesce(w.channel, m.channel)
    and m.category = coalesce(w.category, m.category)
    and m.state not in ('suppressed', 'failed', 'expired')
group by w.customer_key, w.cap_no
