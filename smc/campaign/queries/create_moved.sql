-- One step of everyone: under which label he goes, to which step or why out, and from when on he is there.
create or replace temp table moved as
select
    s.entry_key, s.campaign, s.kind, s.version, s.customer_key, s.arm, s.step, s.action, s.channel, s.argument,
    s.detail,
    coalesce(d.label, 'next') as label,
    case when d.why is null then w.to_step end as next_step,
    coalesce(d.why, w.reason) as reason,
    case
        when s.action = 'wait_for' and coalesce(d.label, 'next') <> 'waiting' then $now
        else coalesce(m.moment, s.due_at, $now)
    end as due_at
from standing as s
left join decided as d on d.entry_key = s.entry_key
left join way as w
    on w.campaign = s.campaign and w.version = s.version and w.step = s.step and w.label = coalesce(d.label, 'next')
left join customer as c on c.customer_key = s.customer_key and s.action = 'wait_until'
left join moment as m
    on m.campaign = s.campaign and m.version = s.version and m.step = s.step
    and m.zone = coalesce(c.timezone, $zone)
