-- Columns that a table got since its companion was made.
select column_name, data_type
from duckdb_columns()
where database_name = current_database() and schema_name = current_schema() and table_name = $table
    and column_name not in (
        select column_name from duckdb_columns()
        where database_name = current_database() and schema_name = current_schema() and table_name = $apart
    )
order by column_index;
