-- Who is a member now and has no open stay begins one; in order, so that equal runs give equal tables.
insert into segment_member
select n.customer_key, n.segment, $as_of, null, list_contains($fresh, n.segment)
from segment_come n
left join segment_member m on m.customer_key = n.customer_key and m.segment = n.segment and m.left_on is null
where m.segment is null
order by n.segment, n.customer_key
