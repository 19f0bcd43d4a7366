-- Brand and categories of every product, the tree written as text from the product's node upwards.
select
    p.product_key,
    p.brand,
    coalesce(t.categories, cast(p.category_key as varchar)) as categories
from product as p
left join (
    select category_key, string_agg(cast(ancestor_key as varchar), ' ' order by depth) as categories
    from category_ancestor
    group by category_key
) as t on t.category_key = p.category_key
