-- Recency, frequency and monetary when the period is no window of customer_metric: one scan of the period.
select
    customer_key,
    date_diff('day', max(day) filter (where status = 'paid'), $as_of) as recency,
    count(*) filter (where status = 'paid') as frequency,
    sum(total) as monetary
from receipt
where customer_key is not null and status <> 'cancelled' and day > $since and day <= $as_of
group by customer_key
having count(*) filter (where status = 'paid') > 0
