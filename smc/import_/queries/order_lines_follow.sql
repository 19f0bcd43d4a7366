-- Lines carry buyer, day and standing of their order, also when it came after them or was corrected.
update order_line as l
set customer_key = o.customer_key, day = o.day, counted = o.counted
from (select c.* from customer_order as c semi join smc_judged as j on j.order_key = c.order_key) as o
where l.order_key = o.order_key
    and (
        l.customer_key is distinct from o.customer_key
        or l.day is distinct from o.day
        or l.counted <> o.counted
    );
