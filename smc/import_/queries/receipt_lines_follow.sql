-- Lines carry buyer, day and status of their receipt, also when it came after them or was corrected.
update receipt_line as l
set customer_key = r.customer_key, day = r.day, counted = r.status <> 'cancelled'
from smc_changed as r
where l.receipt_key = r.receipt_key
    and (
        l.customer_key is distinct from r.customer_key
        or l.day is distinct from r.day
        or l.counted <> (r.status <> 'cancelled')
    );
