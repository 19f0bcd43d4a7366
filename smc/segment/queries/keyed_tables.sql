-- Tables whose rows belong to a customer.
select distinct table_name from information_schema.columns where column_name = 'customer_key'
