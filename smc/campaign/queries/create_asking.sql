-- Who asks for room under which cap, at which turn, and for when.
create or replace temp table asking as
select
    r.message_key, r.customer_key, r.campaign, r.turn, c.cap_no, c.messages, c.length,
    case when c.calendar then d.day_no else epoch_us(r.due_at) end as place
from ranked as r
join cap as c on r.channel = coalesce(c.channel, r.channel) and r.category = coalesce(c.category, r.category)
left join local_day as d on d.zone = r.zone and r.due_at >= d.begins_at and r.due_at < d.ends_at
