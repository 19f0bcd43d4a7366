-- Buyers of products that went from the catalogue.
insert into customer_touched
select distinct l.customer_key
from receipt_line as l
semi join smc_gone as g on g.product_key = l.product_key
where l.customer_key is not null;
