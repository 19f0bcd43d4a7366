-- Customers with a receipt on a day that a window left behind, without those who are computed anew.
select distinct r.customer_key
from receipt as r
left join metric_anew as n on n.customer_key = r.customer_key
where r.customer_key is not null and r.status <> 'cancelled' and n.customer_key is null and $lost
