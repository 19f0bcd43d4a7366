-- What lies in the carts and lists that were found, as it is now.
select
    l.customer_key, l.container as owner, 0 as nth, pi.product_id as product, p.name, l.quantity,
    try_cast(cast(coalesce(l.quantity, 1) as decimal(19, 3)) * l.price as decimal(24, 4)) as amount
from container as l
join (select distinct customer_key, owner from watch_found) as f
    on f.customer_key = l.customer_key and f.owner = l.container
join product_ident as pi on pi.product_key = l.product_key
left join product as p on p.product_key = l.product_key
