-- Customers who get events of an anonymous visitor, or lose them.
insert into customer_touched
select distinct key from (select unnest([customer_key, owner_key]) as key from smc_owner) where key is not null;
