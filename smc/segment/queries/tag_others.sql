-- Those in a list who were not asked for, so that it becomes exactly what was.
create or replace temp table tag_found as
select t.customer_key, t.tag
from tag_member as t
anti join tag_found as f on f.customer_key = t.customer_key and f.tag = t.tag
where t.tag = $tag
