-- What one customer's scores are made of: the period that ends with a day, after $since.
select
    max(day) filter (where status = 'paid') as last_receipt,
    date_diff('day', max(day) filter (where status = 'paid'), $day) as recency,
    count(*) filter (where status = 'paid') as frequency,
    sum(total) as monetary
from receipt
where customer_key = $key and status <> 'cancelled' and day > $since and day <= $day
having count(*) filter (where status = 'paid') > 0
