-- Buyers of products whose category or brand is new or different now.
insert into customer_touched
select distinct l.customer_key
from (
    select customer_key, product_key from receipt_line
    union all
    select customer_key, product_key from order_line
) as l
semi join (
    select n.product_key
    from smc_changed as n
    left join smc_old as o on o.product_key = n.product_key
    where o.product_key is null
        or o.category_key is distinct from n.category_key
        or o.brand is distinct from n.brand
) as p on p.product_key = l.product_key
where l.customer_key is not null;
