-- Untag steps take the customer out of the list.
delete from tag_member as t
using moved as m
where m.action = 'untag' and t.customer_key = m.customer_key and t.tag = m.argument
