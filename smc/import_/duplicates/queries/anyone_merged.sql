-- Whether any id leads to another customer.
select 1 from customer_alias limit 1;
