-- The stays of one customer in one segment, the oldest first.
select entered_on, left_on, initial
from segment_member
where customer_key = $key and segment = $segment
order by entered_on, left_on nulls last
