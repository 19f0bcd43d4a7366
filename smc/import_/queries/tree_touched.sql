-- Buyers in categories that stand elsewhere in the tree now.
insert into customer_touched
select distinct l.customer_key
from (
    select customer_key, category_key from receipt_line
    union all
    select customer_key, category_key from order_line
) as l
semi join (
    select category_key from ((select * from smc_tree except select * from category_ancestor)
    union (select * from category_ancestor except select * from smc_tree))
) as moved on moved.category_key = l.category_key
where l.customer_key is not null;
