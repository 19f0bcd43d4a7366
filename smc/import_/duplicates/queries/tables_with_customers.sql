-- Tables of the warehouse that name customers; those of merges themselves are no such tables.
select distinct table_name
from duckdb_columns()
where database_name = current_database() and not internal and column_name = 'customer_key'
    and not starts_with(table_name, 'apart_')
    and table_name in (select table_name from duckdb_tables() where database_name = current_database());
