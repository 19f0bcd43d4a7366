-- Recency, frequency and monetary when the period is a window that customer_metric has. A revenue that is too large for
-- its column is null there, and has no score.
select
    customer_key,
    date_diff('day', last_receipt, $as_of) as recency,
    $receipts as frequency,
    $revenue as monetary
from customer_metric
where $receipts > 0 and $revenue is not null
