-- The first slot that is open at a wanted moment or later. Slots of a schedule do not overlap, so the one that opens first
-- is the one that closes first.
create or replace temp table first_slot as
select w.schedule, w.zone, w.wanted_at, min(s.opens_at) as opens_at, min(s.closes_at) as closes_at
from (
    select distinct schedule, zone, wanted_at from judged
    union
    select distinct awake, zone, wanted_at from judged where if_missed = 'send'
) as w
join slot as s on s.schedule = w.schedule and s.zone = w.zone and s.closes_at > w.wanted_at
group by w.schedule, w.zone, w.wanted_at
