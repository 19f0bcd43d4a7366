-- Who left in an earlier run of the same day and is in now never left.
update segment_member m
set left_on = null
from segment_come n
where m.customer_key = n.customer_key and m.segment = n.segment and m.left_on = $as_of
