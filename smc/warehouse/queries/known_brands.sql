-- Brands of the catalogue that rules name.
select distinct brand from product where list_contains($texts, brand)
