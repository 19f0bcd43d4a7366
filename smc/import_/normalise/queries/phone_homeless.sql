-- Without a home country a number that does not begin with its calling code is none
insert into smc_phone (given, phone, phone_status)
select given, given, $bad from smc_phone_text where not starts_with(d, '+')
