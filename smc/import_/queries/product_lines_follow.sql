-- Lines carry the category of their product, also when the catalogue came after them or was corrected.
update receipt_line as l
set category_key = p.category_key
from smc_changed as p
where l.product_key = p.product_key and l.category_key is distinct from p.category_key;
