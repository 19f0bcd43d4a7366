-- The kinds of which the warehouse knows anything at all; of the others every name is unknown.
select kind
from (
    select 'category' as kind, exists (select 1 from category_ident) or exists (select 1 from product) as found
    union all
    select 'brand', exists (select 1 from category_ident) or exists (select 1 from product)
    union all
    select 'product', exists (select 1 from product_ident)
    union all
    select 'store', exists (select 1 from store) or exists (select 1 from receipt where store_id is not null)
)
where found
