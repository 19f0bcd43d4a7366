-- Columns of the data marts that have loaded, and of those that stand in for others within a block.
select table_name, column_name
from duckdb_columns()
where starts_with(table_name, 'mart_') and (database_name = current_database() or database_name = 'temp')
