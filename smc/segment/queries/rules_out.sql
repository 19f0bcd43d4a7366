-- Customers for whom a rule no longer holds.
delete from rule_member as m
using segment_gone as g
where g.customer_key = m.customer_key and g.name = m.rule
