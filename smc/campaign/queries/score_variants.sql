-- Which variant won, once for a text of a mailing: when the first of the rest come to ask. What recipients did from their
-- message on counts, up to this run and whatever else touched them: between the variants nothing differs but the draw.
-- With too few recipients of any variant the first one is taken; of several that are best the first one.
insert into variant_score by name
with asked as (
    select c.*
    from contest as c
    join (select distinct campaign, version, step from standing where action = 'contest') as s
        on s.campaign = c.campaign and s.version = c.version and s.step = c.step
    left join variant_score as d on d.campaign = c.campaign and d.version = c.version and d.variant = c.variant
    where d.campaign is null
),
got as (
    select
        a.campaign, a.version, a.variant, m.message_key, m.customer_key, m.channel, m.category, m.state,
        coalesce(case when m.state <> 'bounced' then m.state_at end, m.due_at) as got_at
    from asked as a
    join message as m on m.campaign = a.campaign and m.version = a.version and m.step = a.tried_step
    where m.arm = 'test' and m.state in ('accepted', 'delivered', 'bounced')
),
bought as (
    select
        g.message_key, count(case when r.status = 'paid' then 1 end) as receipts,
        sum(r.total) as revenue
    from got as g
    join receipt as r
        on r.customer_key = g.customer_key and r.purchased_at >= g.got_at and r.purchased_at <= $now
    where r.status <> 'cancelled'
    group by g.message_key
),
refused as (
    select distinct g.message_key
    from got as g
    join subscription as s on s.customer_key = g.customer_key and s.channel = g.channel and s.category = g.category
    where s.state = 'no' and s.changed_at >= g.got_at and s.changed_at <= $now
),
summed as (
    select
        a.campaign, a.version, a.variant, a.place, a.measure, a.at_least, count(g.message_key) as recipients,
        case a.measure
            when 'revenue' then cast(coalesce(sum(b.revenue), 0) as double)
            when 'receipts' then cast(coalesce(sum(b.receipts), 0) as double)
            when 'buyers' then cast(count(case when b.receipts > 0 then 1 end) as double)
            when 'unsubscribed' then cast(count(f.message_key) as double)
            when 'bounced' then cast(count(case when g.state = 'bounced' then 1 end) as double)
        end as total
    from asked as a
    left join got as g on g.campaign = a.campaign and g.version = a.version and g.variant = a.variant
    left join bought as b on b.message_key = g.message_key
    left join refused as f on f.message_key = g.message_key
    group by a.campaign, a.version, a.variant, a.place, a.measure, a.at_least
),
scored as (
    select
        *,
        cast(total as double) / nullif(cast(recipients as double), 0) as score,
        min(recipients) over (partition by campaign, version) < at_least as too_few
    from summed
),
compared as (
    select *, max(merit) over (partition by campaign, version) as best
    from (
        select *, case when measure in ('unsubscribed', 'bounced') then -score else score end as merit
        from scored
    ) as t
),
ranked_variant as (
    select
        *,
        row_number() over (
            partition by campaign, version order by case when too_few then 0 else merit end desc, place
        ) as nth,
        count(case when merit = best then 1 end) over (partition by campaign, version) as equals
    from compared
)
select
    campaign, version, variant, measure, recipients, score, nth = 1 as won,
    case when too_few then 'too few' when equals > 1 then 'tie' else 'best' end as reason,
    $as_of as decided_on
from ranked_variant
