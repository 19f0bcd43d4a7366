-- How many paid receipts and for how much each customer has per hour of the project's zone, which the session has.
select customer_key, extract(hour from purchased_at) as value, count(*) as receipts, sum(total) as money
from receipt
where customer_key is not null and status = 'paid' and day <= $as_of and $scope
group by customer_key, extract(hour from purchased_at)
