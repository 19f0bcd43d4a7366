-- The first day with a paid receipt of a customer that the fit may know.
select min(day) from receipt where customer_key is not null and status = 'paid' and day >= $since and day <= $until
