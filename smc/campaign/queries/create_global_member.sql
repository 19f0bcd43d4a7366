-- Customers of the global control group today: drawn, or brought by a feed.
create or replace temp table global_member as
select distinct customer_key
from control_member
where control_group = $name and coalesce(starts_on <= $as_of, true) and coalesce(ends_on >= $as_of, true)
