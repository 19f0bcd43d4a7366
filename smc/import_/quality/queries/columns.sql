-- Columns of the tables, and whether they may be empty.
select table_name, column_name, is_nullable from duckdb_columns() where not internal and schema_name = 'main';
