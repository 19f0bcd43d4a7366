-- Stays in segments that the project no longer has end today.
insert into segment_gone
select customer_key, segment from segment_member where left_on is null and not list_contains($segments, segment)
