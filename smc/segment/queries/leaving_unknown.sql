-- Open stays in segments that the project no longer has.
create or replace temp table segment_left as
select rowid as row_id, customer_key, segment, entered_on, initial
from segment_member
where left_on is null and list_contains($segments::varchar[], segment)
