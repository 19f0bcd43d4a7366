-- Whose scores move once more on a day has his changes of the day written anew.
delete from rfm_change where as_of = $as_of and customer_key in (select customer_key from metric_rfm_moved)
