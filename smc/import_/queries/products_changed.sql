-- Products whose category or brand is new or different now.
create or replace temp view smc_sold as
select n.product_key
from smc_changed as n
left join smc_old as o on o.product_key = n.product_key
where o.product_key is null
    or o.category_key is distinct from n.category_key
    or o.brand is distinct from n.brand;
