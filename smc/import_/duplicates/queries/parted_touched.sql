-- Figures of all of them are worked out anew.
insert into customer_touched select customer_key from smc_member;
