-- What customers who came again spent on their first day: money of repeat visits is their revenue without it.
select k.customer_key, sum(r.total) as money
from (select customer_key, first_receipt from $known where visits > 1) as k
join receipt as r on r.customer_key = k.customer_key and r.day = k.first_receipt
where r.status <> 'cancelled'
group by k.customer_key
