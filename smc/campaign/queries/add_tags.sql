-- Tag steps put the customer into the list, once.
insert into tag_member
select distinct m.customer_key, m.argument as tag, $as_of as added_on, 'campaign' as source
from moved as m
left join tag_member as t on t.customer_key = m.customer_key and t.tag = m.argument
where m.action = 'tag' and t.customer_key is null
