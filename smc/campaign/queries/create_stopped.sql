-- Messages on their way that the hand-over will cancel, with the first reason: they take no room from others.
create or replace temp table stopped as
select message_key, reason
from (
    select
        m.message_key,
        case
            when not list_contains($active::varchar[], m.campaign) then 'campaign_off'
            when not coalesce(c.active, true) then 'inactive'
            when coalesce(n.needed, 'required') = 'required' and coalesce(s.state, 'unknown') <> 'yes' then 'consent'
            when n.needed = 'not_refused' and coalesce(s.state, 'unknown') = 'no' then 'consent'
            when m.channel = 'email' and coalesce(trim(c.email), '') = '' then 'address'
            when m.channel <> 'email' and coalesce(r.good, 0) = 0 then 'address'
            when b.message_key is not null or (m.channel <> 'email' and r.usable = 0) then 'suppressed_address'
        end as reason
    from message as m
    left join customer as c on c.customer_key = m.customer_key
    left join consent_rule as n on n.channel = m.channel and n.category = m.category
    left join subscription as s
        on s.customer_key = m.customer_key and s.channel = m.channel and s.category = m.category
    left join blocked_message as b on b.message_key = m.message_key
    left join reach as r on r.customer_key = m.customer_key and r.channel = m.channel
    where m.state in ('planned', 'queued')
) as f
where reason is not null
