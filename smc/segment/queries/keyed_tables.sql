-- Tables whose rows belong to a customer.
select distinct table_name from duckdb_columns() where column_name = 'customer_key'
