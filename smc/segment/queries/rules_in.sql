-- Customers for whom a rule holds now.
insert into rule_member
select name, customer_key from segment_come order by name, customer_key
