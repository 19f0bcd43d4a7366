-- Lines of orders carry the category of their product too.
update order_line as l
set category_key = p.category_key
from smc_changed as p
where l.product_key = p.product_key and l.category_key is distinct from p.category_key;
