-- Who is not drawn any more had his last day yesterday.
update control_member
set ends_on = cast($as_of as date) - 1
from customer_ident as i
where control_member.customer_key = i.customer_key and control_member.control_group = $name
    and coalesce(control_member.ends_on >= $as_of, true) and not bucket_of($salt, i.customer_id) < $buckets
