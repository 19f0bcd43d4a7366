-- What may not be done any more, with the first reason: the tests of planning once more, and whether the campaign is
-- there and switched on. Calls are looked at until their list has left, points and bonuses until their file begins to:
-- from then on they may have been given.
update task
set state = 'suppressed', reason = f.reason
from (
    select
        t.task_key,
        case
            when not list_contains($active::varchar[], t.campaign) then 'campaign_off'
            when not coalesce(c.active, true) then 'inactive'
            when t.kind <> 'call' then null
            when coalesce(n.needed, 'required') = 'required' and coalesce(s.state, 'unknown') <> 'yes' then 'consent'
            when n.needed = 'not_refused' and coalesce(s.state, 'unknown') = 'no' then 'consent'
            when coalesce(r.good, 0) = 0 then 'address'
            when r.usable = 0 then 'suppressed_address'
        end as reason
    from task as t
    left join task_batch as b on b.batch = t.batch
    left join customer as c on c.customer_key = t.customer_key
    left join (
        select campaign, version, json_extract_string(spec, '$.category') as category
        from campaign_version
    ) as v on v.campaign = t.campaign and v.version = t.version
    left join consent_rule as n on n.channel = 'call' and n.category = v.category
    left join subscription as s
        on s.customer_key = t.customer_key and s.channel = 'call' and s.category = v.category
    left join reach as r on r.customer_key = t.customer_key and r.channel = 'call'
    where t.kind in ('points', 'bonuses', 'call', 'notify', 'webhook', 'attribute')
        and (
            t.state = 'planned'
            or (t.kind in ('call', 'points', 'bonuses') and t.state = 'handed over' and b.state = 'made')
            or (t.kind = 'call' and t.state = 'handed over' and b.state = 'leaving')
        )
) as f
where f.reason is not null and task.task_key = f.task_key
