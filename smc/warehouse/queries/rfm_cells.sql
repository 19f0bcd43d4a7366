-- Customers by the named cell of their scores, with their part of the revenue of 365 days.
select
    cell, count(*) as customers,
    cast(count(*) as double) / nullif(cast(sum(count(*)) over () as double), 0) as share,
    sum(revenue) as revenue_365d,
    cast(sum(revenue) as double) / nullif(cast(sum(sum(revenue)) over () as double), 0) as revenue_share,
    cast(sum(revenue) as double) / nullif(cast(sum(receipts) as double), 0) as average_receipt
from rfm_seen
group by cell
order by customers desc, cell
