-- The rows of those of whom nothing is new; the columns and the medians of the windows are added.
select m.customer_key
from customer_metric as m
join metric_aged as a on a.customer_key = m.customer_key
left join metric_gone_receipts as r on r.customer_key = m.customer_key
left join metric_gone_visits as v on v.customer_key = m.customer_key
left join metric_gone_lines as l on l.customer_key = m.customer_key
