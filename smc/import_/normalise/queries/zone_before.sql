-- Customers whose zone may follow from a region, as it is now
create or replace temp table smc_zone_before as
select customer_key, timezone, timezone_from from customer where region is not null
