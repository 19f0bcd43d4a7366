-- Lines of the orders that were found.
select l.customer_key, l.order_key as owner, l.line_no as nth, pi.product_id as product, p.name, l.quantity, l.amount
from order_line as l
join (select distinct owner from watch_found) as f on f.owner = l.order_key
join product_ident as pi on pi.product_key = l.product_key
left join product as p on p.product_key = l.product_key
