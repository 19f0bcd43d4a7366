-- How many paid receipts and for how much each customer has per store.
select customer_key, store_id as value, count(*) as receipts, sum(total) as money
from receipt
where customer_key is not null and status = 'paid' and store_id is not null and day <= $as_of and $scope
group by customer_key, store_id
