-- Everybody with scores as they were last computed, and what he spent in the 365 days up to that day.
select f.customer_key, f.recency, f.frequency, f.monetary, f.cell,
    coalesce(m.revenue_365d, 0) as revenue, coalesce(m.receipts_365d, 0) as receipts
from rfm as f
left join customer_metric as m on m.customer_key = f.customer_key
