-- What one customer allows.
select channel, category, state, changed_at, source
from subscription
where customer_key = $key
order by channel, category
