-- Products that are asked for, in the catalogue or only seen on receipts.
select product_key, product_id from product_ident where list_contains($texts, product_id)
