-- Stores of the list that are asked for.
select store_id from store where list_contains($texts, store_id)
