-- Customers whose time in a control group began or ended between two days, and those who fell into a control arm.
select customer_key
from control_member
where (starts_on > $since and starts_on <= $as_of) or (ends_on >= $since and ends_on < $as_of)
union all
select customer_key from entry where arm = 'control' and entered_on >= $since
