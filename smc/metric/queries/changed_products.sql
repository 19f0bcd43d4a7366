-- Products whose brand or place in the category tree is not what it was when metrics were last computed.
select coalesce(n.product_key, o.product_key) as product_key
from metric_product_now as n
full join metric_product as o on o.product_key = n.product_key
where n.brand is distinct from o.brand or n.categories is distinct from o.categories
