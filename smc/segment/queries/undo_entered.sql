-- Who entered in an earlier run of the same day and is out now never entered.
delete from segment_member m
using segment_gone g
where m.customer_key = g.customer_key and m.segment = g.segment and m.left_on is null and m.entered_on = $as_of
