-- Who was in a list on the day before the first is in it again.
insert into tag_member
select distinct on (p.customer_key, p.tag) p.customer_key, p.tag, p.added_on, p.source
from tag_past as p
left join tag_member as t on t.customer_key = p.customer_key and t.tag = p.tag
where p.added_on < $since and p.removed_on >= $since and t.customer_key is null
order by p.customer_key, p.tag, p.added_on
