-- Every candidate with its key, the moment it is meant for, and the first reason not to send it; null is none so far.
-- A category that needs a yes is refused without one; a category that may be refused only by a no. One that is no longer
-- in the settings needs a yes. Where the day's time has passed a message is meant for now if there are windows, or if it
-- is to be sent nevertheless, and otherwise for the next such time; its day is then the day of that moment.
create or replace temp table judged as
select
    key_of([k.entry_key, cast(k.step as varchar), '1', k.channel]) as message_key,
    k.*, v.category, v.priority, coalesce(h.lifetime, 1) as lifetime, v.minutes, cast(null as timestamptz) as until_at,
    coalesce(c.timezone, $zone) as zone, t.schedule, t.awake, coalesce(t.if_missed, 'next') as if_missed,
    case
        when a.today >= $now then a.today
        when t.windowed or t.if_missed = 'send' then $now
        else a.following
    end as wanted_at,
    case
        when a.today >= $now then a.today_ends_at
        when t.windowed or t.if_missed = 'send' then a.now_ends_at
        else a.following_ends_at
    end as day_ends_at,
    case
        when k.arm = 'control' and v.held_back and g.customer_key is not null then 'global_control'
        when k.arm = 'control' then 'control_group'
        when not c.active then 'inactive'
        when h.channel is null then 'channel'
        when coalesce(n.needed, 'required') = 'required' and coalesce(s.state, 'unknown') <> 'yes' then 'consent'
        when n.needed = 'not_refused' and coalesce(s.state, 'unknown') = 'no' then 'consent'
        when coalesce(r.good, 0) = 0 then 'address'
        when r.usable = 0 then 'suppressed_address'
    end as reason,
    false as again
from candidate as k
join version_setting as v on v.campaign = k.campaign and v.version = k.version
join customer as c on c.customer_key = k.customer_key
join aim as a
    on a.send_at = v.send_at and a.zone = case when v.clock = 'customer' then coalesce(c.timezone, $zone) else $zone end
left join global_member as g on g.customer_key = k.customer_key
left join timing as t on t.campaign = k.campaign and t.version = k.version and t.channel = k.channel
left join channel_setting as h on h.channel = k.channel
left join consent_rule as n on n.channel = k.channel and n.category = v.category
left join reach as r on r.customer_key = k.customer_key and r.channel = k.channel
left join subscription as s
    on s.customer_key = k.customer_key and s.channel = k.channel and s.category = v.category
left join (
    -- no message is older than the oldest stay that somebody is in, or left in this run
    select message_key, entry_key, step, channel
    from message
    where planned_on >= (
        select coalesce(min(entered_on), $as_of) from entry where exited_on is null or exited_on >= $as_of
    )
) as e on e.entry_key = k.entry_key and e.step = k.step and e.channel = k.channel
where e.message_key is null
