-- Web events that name a customer are his.
update web_event as e set customer_key = e.given_key
from smc_member as m
where e.given_key = m.customer_key and e.customer_key is distinct from e.given_key;
