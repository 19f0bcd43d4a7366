-- Codes given on earlier days whose holder the list of codes does not name yet. Those of today are named tomorrow, so
-- that a second run of the night sees no trace of the first.
create or replace temp table code_handed as
select k.pool, k.code, k.customer_key
from code_looked as k
join promocode as p on p.pool = k.pool and p.code = k.code and p.customer_key is null
where k.issued_on < $as_of
