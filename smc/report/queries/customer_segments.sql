-- Segments of one customer, present ones first.
select segment, entered_on, left_on
from segment_member
where customer_key = $key
order by left_on is not null, segment, entered_on
