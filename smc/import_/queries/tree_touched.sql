-- Buyers in categories that stand elsewhere in the tree now, of whatever classifier.
insert into customer_touched
with
moved as (
    select category_key from ((select * from smc_tree except select * from category_ancestor)
    union (select * from category_ancestor except select * from smc_tree))
),
line as (
    select customer_key, category_key, product_key from receipt_line
    union all
    select customer_key, category_key, product_key from order_line
)
select l.customer_key
from line as l
semi join moved as m on m.category_key = l.category_key
where l.customer_key is not null
union
select l.customer_key
from line as l
semi join (
    select g.product_key from product_category as g semi join moved as m on m.category_key = g.category_key
) as p on p.product_key = l.product_key
where l.customer_key is not null;
