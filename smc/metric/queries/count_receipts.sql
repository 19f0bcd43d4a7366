-- How many paid receipts and for how much each customer has per store, weekday or hour.
select customer_key, $value as value, count(*) as receipts, sum(total) as money
from metric_receipt
where paid and $value is not null
group by customer_key, $value
