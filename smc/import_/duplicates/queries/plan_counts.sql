-- Customers to be merged, into how many, and in how many rounds.
select count(*), count(distinct survivor_key), coalesce(max(round), 0) from smc_plan;
