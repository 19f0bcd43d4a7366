-- Open stays that end: those of customers who are no members now, by the numbers of their rows.
create or replace temp table segment_left as
select m.rowid as row_id, m.customer_key, m.segment, m.entered_on, m.initial
from segment_member as m
semi join segment_gone as g on g.customer_key = m.customer_key and g.name = m.segment
where m.left_on is null
