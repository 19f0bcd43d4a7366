-- Segments of which one customer is a member, with the day he entered.
select segment, entered_on, initial
from segment_member
where customer_key = $key and left_on is null
