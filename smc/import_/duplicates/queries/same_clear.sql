-- Values that several customers share: the sign, the number of the value within it, and how many share it.
create or replace temp table smc_same (sign varchar, same_no bigint, customer_key bigint, n bigint);
