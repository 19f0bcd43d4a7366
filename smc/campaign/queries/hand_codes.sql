-- From now on rules and metrics see that the code was issued to him.
update promocode as p
set customer_key = h.customer_key
from code_handed as h
where h.pool = p.pool and h.code = p.code
