-- Everyone who stands at a step that is due, or whose wait a row has ended, in a campaign that is active. Who is in a
-- control group by now, or was drawn into one on his way, is treated as control, though he may have entered before. A tick leaves those alone who are due at
-- the beginning of a day whose night is still to come. The rest of an audience waits as long as tried messages have not left
-- and may still do so.
create or replace temp table walker as
select
    e.entry_key, e.campaign, e.kind, e.version, e.customer_key,
    case when n.customer_key is not null or h.entry_key is not null then 'control' else e.arm end as arm,
    e.step
from entry as e
left join control_now as n
    on n.campaign = e.campaign and n.version = e.version and n.customer_key = e.customer_key
left join held_back as h on h.entry_key = e.entry_key
left join woken as w on w.entry_key = e.entry_key
left join (
    select distinct c.campaign, c.version, c.step
    from contest as c
    join message as m on m.campaign = c.campaign and m.version = c.version and m.step = c.tried_step
    where m.state in ('planned', 'queued') and m.expires_at > $now
) as u on u.campaign = e.campaign and u.version = e.version and u.step = e.step
where e.exited_on is null and u.step is null
    and ((e.due_at <= $now and e.due_at is distinct from $left::timestamptz) or w.entry_key is not null)
    and list_contains($active::varchar[], e.campaign)
