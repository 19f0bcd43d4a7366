-- Who was a member until today and is none now leaves today.
update segment_member m
set left_on = $as_of
from segment_gone g
where m.customer_key = g.customer_key and m.segment = g.segment and m.left_on is null
