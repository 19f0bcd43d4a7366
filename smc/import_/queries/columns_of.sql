-- Columns of a table with their types.
select column_name, data_type from duckdb_columns() where table_name = $name and not internal and not temporary;
