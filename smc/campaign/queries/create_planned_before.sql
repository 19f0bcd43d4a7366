-- Messages that those who ask tonight got or will get, from the time that caps look at. What was never sent or
-- will be cancelled counts nowhere, nor what waited until it expired; what asks anew does not stand in its own way.
create or replace temp table planned_before as
select m.customer_key, m.channel, m.category, m.campaign, m.due_at, d.day_no
from message as m
join (select distinct customer_key, zone from ranked) as r on r.customer_key = m.customer_key
left join (select message_key from gated where again) as g on g.message_key = m.message_key
left join stopped as x on x.message_key = m.message_key
left join local_day as d on d.zone = r.zone and m.due_at >= d.begins_at and m.due_at < d.ends_at
where m.due_at > $since and m.state not in ('suppressed', 'failed', 'expired')
    and not (m.state in ('planned', 'queued') and m.expires_at <= $now)
    and g.message_key is null and x.message_key is null
