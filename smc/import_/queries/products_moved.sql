-- Products in categories that stand elsewhere in the tree now, of whatever classifier.
create or replace temp view smc_sold as
select g.product_key
from (
    select product_key, category_key from product
    union all
    select product_key, category_key from product_category
) as g
semi join (
    select category_key from ((select * from smc_tree except select * from category_ancestor)
    union (select * from category_ancestor except select * from smc_tree))
) as m on m.category_key = g.category_key;
