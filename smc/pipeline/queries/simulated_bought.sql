-- What those did whom a campaign drew into test or control, within the days of its attribution after the first message was
-- due; only those whose days are over. In a simulation nobody was written to, so both groups show the same base.
with drawn as (
    select
        m.campaign, m.arm, m.customer_key, w.days, w.first_day, w.last_day, w.chosen,
        min(cast(m.due_at as date)) as day
    from message as m
    join attribution_window as w on w.kind = m.kind and w.campaign = m.campaign
    where m.planned_on between $since and $until and (m.reason is null or m.reason = 'control_group')
    group by all
),
bought as (
    select
        d.campaign, d.arm, d.customer_key,
        count(*) filter (where r.status = 'paid' and (not d.chosen or c.receipt_key is not null)) as receipts,
        coalesce(sum(r.total) filter (where not d.chosen or c.receipt_key is not null), 0) as revenue
    from drawn as d
    left join receipt as r
        on r.customer_key = d.customer_key and r.status <> 'cancelled' and r.day >= d.day
        and r.day >= coalesce(d.first_day, d.day) and r.day <= coalesce(d.last_day, d.day + d.days - 1)
    left join counted_receipt as c on c.campaign = d.campaign and c.receipt_key = r.receipt_key
    where coalesce(d.last_day, d.day + d.days - 1) <= $last
    group by d.campaign, d.arm, d.customer_key
)
select
    campaign, count(*) filter (where arm = 'test') as test, count(*) filter (where arm = 'control') as control,
    count(*) filter (where receipts > 0) as buyers, cast(avg(revenue) as double) as spend,
    coalesce(cast(stddev_samp(revenue) as double), 0) as spread
from bought
group by campaign
order by campaign
