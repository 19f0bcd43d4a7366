-- Customers whose receipts are not those that were counted: those whose facts changed, those with a receipt on a day
-- that came into view since then, and buyers of products that moved in the catalogue.
select customer_key from customer_touched
union
select customer_key from receipt where customer_key is not null and $moved
union
select l.customer_key
from receipt_line as l
where l.customer_key is not null and l.product_key in (select product_key from metric_changed_product)
