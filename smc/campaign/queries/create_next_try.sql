-- What each cascade asks for now: the next message by which the customer is reached, by consent and address, with those
-- before it, whose rows in message say why he is not. Who is reached by none gets all their reasons.
create or replace temp table next_try as
with possible as (
    select
        s.entry_key, s.campaign, s.kind, s.version, s.customer_key, s.arm, s.step, g.place, g.channel, g.template,
        g.minutes, g.final,
        coalesce(c.active, true) and coalesce(r.usable, 0) = 1
        and case coalesce(n.needed, 'required')
            when 'required' then coalesce(b.state, 'unknown') = 'yes'
            when 'not_refused' then coalesce(b.state, 'unknown') <> 'no'
            else true
        end as reached
    from standing as s
    join tried as t on t.entry_key = s.entry_key and t.step = s.step and not t.done
    join rung as g on g.campaign = s.campaign and g.version = s.version and g.step = s.step and g.place > t.place
    join version_setting as v on v.campaign = s.campaign and v.version = s.version
    left join customer as c on c.customer_key = s.customer_key
    left join reach as r on r.customer_key = s.customer_key and r.channel = g.channel
    left join consent_rule as n on n.channel = g.channel and n.category = v.category
    left join subscription as b
        on b.customer_key = s.customer_key and b.channel = g.channel and b.category = v.category
    where s.action = 'cascade'
),
first_reached as (
    select entry_key, min(case when reached then place end) as place
    from possible
    group by entry_key
)
select p.*, coalesce(f.place = p.place and not p.final, false) as waits
from possible as p
join first_reached as f on f.entry_key = p.entry_key
where p.place <= coalesce(f.place, p.place)
