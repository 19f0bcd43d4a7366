-- The rows of those whose scores are others now.
delete from rfm where customer_key in (select customer_key from metric_rfm_moved)
