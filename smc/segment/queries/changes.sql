-- Members of each segment, and who entered and left today; those of a first computation did not enter.
select s.segment,
    count(m.customer_key) filter (m.left_on is null) as members,
    count(m.customer_key) filter (m.entered_on = $as_of and not m.initial) as entered,
    count(m.customer_key) filter (m.left_on = $as_of) as left_today
from (select unnest($segments) as segment) s
left join segment_member m using (segment)
group by s.segment
