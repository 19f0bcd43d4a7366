-- Customers who got another zone
insert into customer_touched
select b.customer_key
from smc_zone_before b
join customer c on c.customer_key = b.customer_key
where c.timezone is distinct from b.timezone
