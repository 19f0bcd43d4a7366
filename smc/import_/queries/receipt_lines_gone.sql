-- Lines of receipts that went count nowhere, as when their receipt has not come yet.
update receipt_line as l
set customer_key = null, day = null, counted = false
from smc_gone as g
where l.receipt_key = g.receipt_key;
