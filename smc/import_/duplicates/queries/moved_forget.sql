-- Everything is with the id it was given under, so nothing is noted any more.
delete from customer_moved where given_key in (select customer_key from smc_member);
