-- Customers whose rows went.
insert into customer_touched select distinct customer_key from smc_gone where customer_key is not null;
