-- Who bought or ordered one of the products in smc_sold.
insert into customer_touched
select distinct l.customer_key
from (
    select customer_key, product_key from receipt_line
    union all
    select customer_key, product_key from order_line
) as l
semi join smc_sold as p on p.product_key = l.product_key
where l.customer_key is not null;
