-- The stored scores of those that can change.
select * from rfm where customer_key in (select customer_key from metric_rfm_some)
