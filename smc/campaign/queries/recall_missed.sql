-- Messages of earlier nights whose time ended before they left are given another one, and ask for room anew. They are
-- judged like new ones: what may not be sent any more asks for none.
insert into judged by name
select
    m.message_key, m.entry_key, m.campaign, m.kind, m.version, m.customer_key, m.arm, m.step, m.channel, m.template,
    m.category, v.priority, m.expires_at as until_at, coalesce(c.timezone, $zone) as zone, t.schedule, t.awake,
    t.if_missed, $now as wanted_at, a.now_ends_at as day_ends_at,
    case
        when x.reason is not null then x.reason
        when coalesce(r.good, 0) = 0 then 'address'
        when r.usable = 0 then 'suppressed_address'
    end as reason,
    true as again
from message as m
join version_setting as v on v.campaign = m.campaign and v.version = m.version
join timing as t on t.campaign = m.campaign and t.version = m.version and t.channel = m.channel
join customer as c on c.customer_key = m.customer_key
join aim as a
    on a.send_at = v.send_at and a.zone = case when v.clock = 'customer' then coalesce(c.timezone, $zone) else $zone end
left join stopped as x on x.message_key = m.message_key
left join reach as r on r.customer_key = m.customer_key and r.channel = m.channel
where m.state in ('planned', 'queued') and m.closes_at <= $now and m.expires_at > $now and t.if_missed <> 'skip'
