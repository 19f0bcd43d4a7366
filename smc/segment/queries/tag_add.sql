-- Put in who is not there yet.
insert into tag_member
select f.customer_key, f.tag, $as_of as added_on, $source as source
from tag_found as f
anti join tag_member as t on t.customer_key = f.customer_key and t.tag = f.tag
order by f.tag, f.customer_key
