-- Recency, frequency and monetary when the period is a window that customer_metric has.
select
    customer_key,
    date_diff('day', last_receipt, $as_of) as recency,
    $receipts as frequency,
    $revenue as monetary
from customer_metric
where $receipts > 0
