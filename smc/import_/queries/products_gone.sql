-- Products that went from the catalogue, or lost a place in a further classifier.
create or replace temp view smc_sold as
select product_key from smc_gone;
