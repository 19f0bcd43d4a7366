-- Everything that may be named, to suggest the nearest; read only when a name is not known.
select 'category' as kind, category_id as text from category_ident
union
select 'category', name from category where name is not null
union
select 'product', product_id from product_ident
union
select 'brand', brand from product where brand is not null
union
select 'store', store_id from store
