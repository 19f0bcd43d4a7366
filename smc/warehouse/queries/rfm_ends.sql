-- The two ends of the base by month, on the last computed day of each: best has the highest score three times, lost has
-- the lowest recency.
with month_end as (
    select cast(date_trunc('month', as_of) as date) as month, max(as_of) as as_of
    from rfm_day where as_of <= $as_of
    group by cast(date_trunc('month', as_of) as date)
),
step as (
    select as_of, 1 as part, new_recency as recency, new_frequency as frequency, new_monetary as monetary
    from rfm_change where new_recency is not null
    union all
    select as_of, -1, old_recency, old_frequency, old_monetary from rfm_change where old_recency is not null
),
monthly as (
    select
        cast(date_trunc('month', as_of) as date) as month, sum(part) as customers,
        sum(case when recency = 5 and frequency = 5 and monetary = 5 then part else 0 end) as best,
        sum(case when recency = 1 then part else 0 end) as lost
    from step where as_of <= $as_of
    group by cast(date_trunc('month', as_of) as date)
),
size as (
    select
        e.month, e.as_of, cast(coalesce(sum(m.customers), 0) as bigint) as customers,
        cast(coalesce(sum(m.best), 0) as bigint) as best, cast(coalesce(sum(m.lost), 0) as bigint) as lost
    from month_end as e
    left join monthly as m on m.month <= e.month
    group by e.month, e.as_of
)
select
    month, as_of, customers, best, cast(best as double) / nullif(cast(customers as double), 0) as best_share,
    lost, cast(lost as double) / nullif(cast(customers as double), 0) as lost_share
from size
order by month
