-- Who left in an earlier run of the same day and is in now never left.
create or replace temp table segment_returned as
select m.rowid as row_id, m.customer_key, m.segment, m.entered_on, m.initial
from segment_member as m
semi join segment_come as c on c.customer_key = m.customer_key and c.name = m.segment
where m.left_on = $as_of
