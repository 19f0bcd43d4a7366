-- What triggers look at in one customer.
select c.birth_date, c.registered_at, m.first_receipt, m.last_receipt, c.active
from customer as c
left join customer_metric as m on m.customer_key = c.customer_key
where c.customer_key = $key
