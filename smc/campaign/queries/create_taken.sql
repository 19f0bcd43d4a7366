-- Room that is taken under each cap, and when: day numbers or microseconds.
create or replace temp table taken as
select m.customer_key, c.cap_no, m.campaign, case when c.calendar then m.day_no else epoch_us(m.due_at) end as place
from planned_before as m
join cap as c on m.channel = coalesce(c.channel, m.channel) and m.category = coalesce(c.category, m.category)
