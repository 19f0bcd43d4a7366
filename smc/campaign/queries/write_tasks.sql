-- One row per thing to do, done or not, with the first reason not to do it. Control customers get nothing that helps
-- them; a field that is set is a note like a tag, and they get it. Calls need what messages need: consent and an address.
insert into task
select
    key_of([f.entry_key, cast(f.step as varchar), '1', f.kind, f.target]) as task_key,
    f.entry_key, f.campaign, f.version, f.step, 1 as visit, f.customer_key, f.kind, f.target, f.detail,
    $as_of as planned_on,
    case when f.reason is not null then 'suppressed' when f.kind = 'poll' then 'handed over' else 'planned' end as state,
    f.reason, null as text, null as batch, 0 as attempts, null as next_at
from (
    select
        w.*,
        case
            when w.arm = 'control' and w.kind <> 'attribute' then 'control_group'
            when not coalesce(c.active, true) then 'inactive'
            when w.kind in ('points', 'bonuses') and coalesce(a.amount, 0) <= 0 then 'no_total'
            when o.poll is not null then 'limit'
            when k.poll is not null then 'answered'
            when w.kind <> 'call' then null
            when coalesce(n.needed, 'required') = 'required' and coalesce(s.state, 'unknown') <> 'yes' then 'consent'
            when n.needed = 'not_refused' and coalesce(s.state, 'unknown') = 'no' then 'consent'
            when coalesce(r.good, 0) = 0 then 'address'
            when r.usable = 0 then 'suppressed_address'
        end as reason
    from effect as w
    join version_setting as v on v.campaign = w.campaign and v.version = w.version
    left join customer as c on c.customer_key = w.customer_key
    left join amount as a on a.entry_key = w.entry_key and a.step = w.step
    left join closed_poll as o on o.poll = w.target and w.kind = 'poll'
    left join poll_taken as k on k.poll = w.target and k.customer_key = w.customer_key and w.kind = 'poll'
    left join subscription as s
        on s.customer_key = w.customer_key and s.channel = 'call' and s.category = v.category
    left join consent_rule as n on n.channel = 'call' and n.category = v.category
    left join reach as r on r.customer_key = w.customer_key and r.channel = 'call'
) as f
left join (
    select task_key, entry_key, step, kind, target
    from task
    where planned_on >= (
        select coalesce(min(entered_on), $as_of) from entry where exited_on is null or exited_on >= $as_of
    )
) as t on t.entry_key = f.entry_key and t.step = f.step and t.kind = f.kind and t.target = f.target
where t.task_key is null
