-- Stores that are asked for and have receipts; these may come before the list of stores does.
select distinct store_id from receipt where list_contains($texts, store_id)
