-- Columns of a table of the warehouse with their types.
select column_name, data_type
from duckdb_columns()
where table_name = $name and not internal and database_name = current_database();
