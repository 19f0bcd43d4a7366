-- Members of a segment on a day, in the order of their ids.
select i.customer_id, m.entered_on
from segment_member m
join customer_ident i using (customer_key)
where m.segment = $segment and m.entered_on <= $as_of and (m.left_on is null or m.left_on > $as_of)
order by i.customer_id
limit $limit
