-- Customers in whom all signs of a rule agree: one number for those who agree with each other.
create or replace temp table smc_link (rule varchar, signs varchar[], link_no bigint, customer_key bigint, n bigint);
