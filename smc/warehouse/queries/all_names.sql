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
union
select 'campaign or mailing', mailing from past_mailing
union
select 'channel', channel from past_mailing
union
select 'promocode group', pool from promocode
union
select 'poll', poll from poll_answer
union
select 'channel', channel from contact_point
