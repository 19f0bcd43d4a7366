-- Which calling codes the numbers written with a plus begin with
select substr(d, 2, 3), count(*) from smc_phone_text where starts_with(d, '+') group by 1
