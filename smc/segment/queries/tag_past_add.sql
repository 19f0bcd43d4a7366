-- Stays that a person ends.
insert into tag_past
select t.customer_key, t.tag, t.added_on, $as_of as removed_on, t.source, $source as removed_by
from tag_member as t
semi join tag_found as f on f.customer_key = t.customer_key and f.tag = t.tag
