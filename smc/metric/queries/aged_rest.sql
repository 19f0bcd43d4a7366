-- What nothing can be taken off, of those whose window lost a paid receipt: the median, as in receipts.sql, and the day on
-- which the window begins for them.
select
    customer_key,
    cast(median(try_cast(total as decimal(18, 3))) as decimal(18, 3)) as median_receipt,
    min(day) as first_receipt
from receipt
where customer_key in (select customer_key from metric_gone_receipts where $lost > 0)
    and status = 'paid' and day > $since and day <= $as_of
group by customer_key
