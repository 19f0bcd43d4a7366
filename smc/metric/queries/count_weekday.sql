-- How many paid receipts and for how much each customer has per weekday, 1 Monday to 7 Sunday, counted from a Monday:
-- engines number the days of the week differently.
select customer_key, (date_diff('day', date '1970-01-05', day) % 7 + 7) % 7 + 1 as value, count(*) as receipts, sum(total) as money
from receipt
where customer_key is not null and status = 'paid' and day <= $as_of and $scope
group by customer_key, (date_diff('day', date '1970-01-05', day) % 7 + 7) % 7 + 1
