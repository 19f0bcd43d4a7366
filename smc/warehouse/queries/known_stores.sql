-- Stores that are asked for; a receipt may come before the list of stores does.
select store_id from store where list_contains($texts, store_id)
union
select store_id from receipt where list_contains($texts, store_id)
