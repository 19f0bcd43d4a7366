-- Products that got another place in a further classifier.
create or replace temp view smc_sold as
select product_key from smc_changed;
