-- Groups of promocodes that are asked for; a code may be redeemed before its list comes.
select pool from promocode where list_contains($texts, pool)
union
select pool from promocode_use where list_contains($texts, pool)
