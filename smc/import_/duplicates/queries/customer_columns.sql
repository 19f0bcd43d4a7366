-- Columns of a profile.
select column_name
from duckdb_columns()
where database_name = current_database() and schema_name = current_schema() and table_name = 'customer'
order by column_index;
