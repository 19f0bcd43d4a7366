-- Codes given on earlier days whose holder the list of codes does not name yet. Those of today are named tomorrow, so
-- that a second run of the night sees no trace of the first.
create or replace temp table code_handed as
select i.pool, i.code, min(i.customer_key) as customer_key
from promocode_issue as i
join promocode as p on p.pool = i.pool and p.code = i.code and p.customer_key is null
where i.issued_on < $as_of
group by i.pool, i.code
