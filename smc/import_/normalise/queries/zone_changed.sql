-- What the table now knows of the customers that changed
create or replace temp table smc_zone_text as
select distinct timezone_given as timezone, country, region, city
from customer where customer_key in (select customer_key from smc_changed)
