-- What those did whom a campaign drew into test or control, within the days of its attribution after the first message was
-- due; only those whose days are over. In a simulation nobody was written to, so both groups show the same base.
with drawn as (
    select m.campaign, m.arm, m.customer_key, w.days, min(cast(m.due_at as date)) as day
    from message as m
    join (
        select unnest($campaigns::varchar[]) as campaign, unnest($days::integer[]) as days
    ) as w on w.campaign = m.campaign
    where m.planned_on between $since and $until and (m.reason is null or m.reason = 'control_group')
    group by m.campaign, m.arm, m.customer_key, w.days
),
bought as (
    select
        d.campaign, d.arm, d.customer_key,
        count(*) filter (where r.status = 'paid') as receipts, coalesce(sum(r.total), 0) as revenue
    from drawn as d
    left join receipt as r
        on r.customer_key = d.customer_key and r.status <> 'cancelled' and r.day >= d.day and r.day < d.day + d.days
    where d.day + d.days - 1 <= $last
    group by d.campaign, d.arm, d.customer_key
)
select
    campaign, count(*) filter (where arm = 'test') as test, count(*) filter (where arm = 'control') as control,
    count(*) filter (where receipts > 0) as buyers, cast(avg(revenue) as double) as spend,
    coalesce(cast(stddev_samp(revenue) as double), 0) as spread
from bought
group by campaign
order by campaign
