-- Brands of the catalogue that are asked for.
select distinct brand from product where list_contains($texts, brand)
