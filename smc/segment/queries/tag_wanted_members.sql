-- The present members of a segment are what a person asked for.
insert into tag_wanted
select null as line, i.customer_id, $tag as tag
from segment_member as s
join customer_ident as i on i.customer_key = s.customer_key
where s.segment = $segment and s.left_on is null
