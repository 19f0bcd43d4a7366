-- The two ends of the base: best has the highest score three times, lost has the lowest recency.
with scored as (
    select
        case
            when recency = 5 and frequency = 5 and monetary = 5 then 'best'
            when recency = 1 then 'lost'
            else 'others'
        end as part,
        revenue, receipts
    from rfm_seen
)
select
    part, count(*) as customers,
    cast(count(*) as double) / nullif(cast(sum(count(*)) over () as double), 0) as share,
    sum(revenue) as revenue_365d,
    cast(sum(revenue) as double) / nullif(cast(sum(sum(revenue)) over () as double), 0) as revenue_share,
    cast(sum(receipts) as double) / nullif(cast(count(*) as double), 0) as receipts_per_customer,
    cast(sum(revenue) as double) / nullif(cast(sum(receipts) as double), 0) as average_receipt
from scored
group by part
order by part
