-- Receipts of the customers in groups.
create or replace temp table smc_receipts as
select r.customer_key, count(*) as receipts
from receipt as r semi join smc_group as g on g.customer_key = r.customer_key
where r.status <> 'cancelled'
group by r.customer_key;
