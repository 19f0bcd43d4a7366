-- Number of members of a segment on a day.
select count(*) from segment_member
where segment = $segment and entered_on <= $as_of and (left_on is null or left_on > $as_of)
