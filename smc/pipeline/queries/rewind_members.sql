-- Who is a member on the day before the first is a member from the beginning.
delete from segment_member
