-- Buyers of receipts that are new or different now, and those who had the receipt before.
insert into customer_touched
select distinct customer_key
from (
    select customer_key from smc_changed
    union all
    select o.customer_key from smc_old as o semi join smc_changed as n on n.receipt_key = o.receipt_key
)
where customer_key is not null;
