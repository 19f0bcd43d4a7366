-- Metrics and segments look at those anew who got codes.
insert into customer_touched
select distinct customer_key from code_handed
