-- Brand and categories of every product, the tree written as text from the product's node upwards; its places in further
-- classifiers stand behind.
with
tree as (
    select category_key, string_agg(cast(ancestor_key as varchar), ' ' order by depth) as categories
    from category_ancestor
    group by category_key
),
place as (
    select
        g.product_key,
        string_agg(
            coalesce(t.categories, cast(g.category_key as varchar)), ';'
            order by coalesce(t.categories, cast(g.category_key as varchar))
        ) as places
    from product_category as g
    left join tree as t on t.category_key = g.category_key
    group by g.product_key
)
select
    coalesce(p.product_key, g.product_key) as product_key,
    p.brand,
    case
        when g.places is null then coalesce(t.categories, cast(p.category_key as varchar))
        else concat(coalesce(t.categories, cast(p.category_key as varchar), ''), ';', g.places)
    end as categories
from product as p
left join tree as t on t.category_key = p.category_key
full join place as g on g.product_key = p.product_key
