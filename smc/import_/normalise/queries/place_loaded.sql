-- How many tables of places this connection has
select count(*) from duckdb_tables()
where temporary and table_name in ('smc_zone_name', 'smc_country', 'smc_region', 'smc_place')
