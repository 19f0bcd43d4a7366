-- Take out who is there.
delete from tag_member as t
using tag_found as f
where f.customer_key = t.customer_key and f.tag = t.tag
