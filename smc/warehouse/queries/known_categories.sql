-- Categories that a text may mean, by id or by exact name; a category seen only on products has an id and no name.
-- main: products have it, or something below it, as their place in the main classifier, or may yet.
-- placed: products have a place in it, or in something below it, beside that.
with
named as (
    select i.category_key, i.category_id, c.name, coalesce(c.classifier, 'main') = 'main' as main
    from category_ident i
    left join category c using (category_key)
    where list_contains($texts, i.category_id) or list_contains($texts, c.name)
),
below as (
    select n.category_key as named_key, n.category_key from named n
    union
    select a.ancestor_key, a.category_key from category_ancestor a join named n on n.category_key = a.ancestor_key
),
placed as (
    select distinct b.named_key from below b join product_category p using (category_key)
)
select
    n.category_key, n.category_id, n.name,
    n.main and (
        n.category_key not in (select g.named_key from placed g)
        or n.category_key in (select b.named_key from below b join product p using (category_key))
    ) as main,
    n.category_key in (select g.named_key from placed g) as placed
from named n
order by n.category_id
