-- Every candidate with its key, times, and the first reason not to send it; null is none so far.
-- A category that needs a yes is refused without one; a category that may be refused only by a no. One that is no longer
-- in the settings needs a yes.
create or replace temp table gated as
select
    key_of([k.entry_key, cast(k.step as varchar), '1', k.channel]) as message_key,
    k.*, v.category, v.priority, coalesce(h.lifetime, 1) as lifetime,
    cast($day + cast(v.send_at as time) as timestamptz) as at_day,
    cast($day + 1 + cast(v.send_at as time) as timestamptz) as at_next_day,
    case
        when k.arm = 'control' then 'control_group'
        when not c.active then 'inactive'
        when h.channel is null then 'channel'
        when coalesce(n.needed, 'required') = 'required' and coalesce(s.state, 'unknown') <> 'yes' then 'consent'
        when n.needed = 'not_refused' and coalesce(s.state, 'unknown') = 'no' then 'consent'
        when coalesce(r.good, 0) = 0 then 'address'
        when r.usable = 0 then 'suppressed_address'
    end as reason
from candidate as k
join version_setting as v on v.campaign = k.campaign and v.version = k.version
join customer as c on c.customer_key = k.customer_key
left join channel_setting as h on h.channel = k.channel
left join consent_rule as n on n.channel = k.channel and n.category = v.category
left join reach as r on r.customer_key = k.customer_key and r.channel = k.channel
left join subscription as s
    on s.customer_key = k.customer_key and s.channel = k.channel and s.category = v.category
left join message as e on e.entry_key = k.entry_key and e.step = k.step and e.channel = k.channel
where e.message_key is null
