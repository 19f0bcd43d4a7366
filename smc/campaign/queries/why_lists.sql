-- Named lists and control groups that hold one customer.
select 'tag' as kind, tag as name
from tag_member
where customer_key = $key
union all
select 'control' as kind, control_group as name
from control_member
where customer_key = $key and coalesce(starts_on <= $as_of, true) and coalesce(ends_on >= $as_of, true)
