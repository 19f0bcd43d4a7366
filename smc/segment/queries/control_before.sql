-- Who is in the group on a day, before it is drawn for that day.
create or replace temp table control_before as
select distinct customer_key
from control_member
where control_group = $name and coalesce(starts_on <= $as_of, true) and coalesce(ends_on >= $as_of, true)
