-- Lines of orders that went count nowhere, as when their order has not come yet.
update order_line as l
set customer_key = null, day = null, counted = false
from smc_gone as g
where l.order_key = g.order_key;
