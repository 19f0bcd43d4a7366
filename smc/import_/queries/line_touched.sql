-- Buyers whose lines are new or different now.
insert into customer_touched
select distinct customer_key from smc_changed where customer_key is not null;
