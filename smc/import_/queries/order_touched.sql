-- Customers of orders that count now and did not, or did and do not.
insert into customer_touched
select distinct o.customer_key
from customer_order as o
semi join smc_judged as j on j.order_key = o.order_key
where o.customer_key is not null;
