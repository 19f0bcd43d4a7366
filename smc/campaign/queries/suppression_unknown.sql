-- Ids that no customer has.
select customer_id from suppression_wanted where address is null and customer_key is null order by customer_id
