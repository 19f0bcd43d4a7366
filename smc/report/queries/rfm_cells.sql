-- Customers by the named cell of their scores, with their part of the last 365 days' revenue.
select
    r.cell, count(*) as customers,
    cast(count(*) as double) / sum(count(*)) over () as share,
    coalesce(sum(m.revenue_365d), 0) as revenue_365d,
    cast(sum(m.revenue_365d) as double) / nullif(cast(sum(sum(m.revenue_365d)) over () as double), 0) as revenue_share,
    cast(sum(m.revenue_365d) as double) / nullif(cast(sum(m.receipts_365d) as double), 0) as average_receipt
from rfm r
left join customer_metric m on m.customer_key = r.customer_key
group by r.cell
order by customers desc, r.cell
