-- Customers with a score by recency and frequency, and what an average one of them spent in 365 days.
select
    r.recency, r.frequency, count(*) as customers,
    cast(count(*) as double) / sum(count(*)) over () as share,
    cast(sum(m.revenue_365d) as double) / nullif(cast(count(*) as double), 0) as revenue_per_customer
from rfm r
left join customer_metric m on m.customer_key = r.customer_key
group by r.recency, r.frequency
order by r.recency desc, r.frequency
