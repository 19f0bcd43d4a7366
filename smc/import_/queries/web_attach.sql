-- Events get their owners.
update web_event as e
set customer_key = w.owner_key
from smc_owner as w
where e.rowid = w.id and e.occurred_at between $first - to_days($days) and $last;
