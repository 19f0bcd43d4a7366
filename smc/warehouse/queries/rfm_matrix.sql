-- Customers by each two of their three scores, with their part of the revenue of 365 days.
with pair as (
    select 'rf' as matrix, recency as first, frequency as second, revenue from rfm_seen
    union all
    select 'rm', recency, monetary, revenue from rfm_seen
    union all
    select 'fm', frequency, monetary, revenue from rfm_seen
)
select
    matrix, first, second, count(*) as customers,
    cast(count(*) as double) / nullif(cast(sum(count(*)) over (partition by matrix) as double), 0) as share,
    sum(revenue) as revenue_365d,
    cast(sum(revenue) as double) / nullif(cast(sum(sum(revenue)) over (partition by matrix) as double), 0)
        as revenue_share,
    cast(sum(revenue) as double) / nullif(cast(count(*) as double), 0) as revenue_per_customer
from pair
group by matrix, first, second
order by matrix desc, first desc, second
