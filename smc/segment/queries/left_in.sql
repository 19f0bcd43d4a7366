-- Who entered in an earlier run of the same day and is out now never entered; the others leave today.
insert into segment_member
select customer_key, segment, entered_on, $as_of, initial
from segment_left
where entered_on < $as_of
order by segment, customer_key
