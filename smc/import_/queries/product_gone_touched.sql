-- Buyers of products that went from the catalogue, or lost a place in a further classifier.
insert into customer_touched
select distinct l.customer_key
from (
    select customer_key, product_key from receipt_line
    union all
    select customer_key, product_key from order_line
) as l
semi join smc_gone as g on g.product_key = l.product_key
where l.customer_key is not null;
