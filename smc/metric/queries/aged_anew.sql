-- A figure that was too large is null, and nothing can be taken off it: those who have one are computed anew.
insert into metric_anew
select customer_key
from customer_metric
where customer_key in (select customer_key from metric_aged) and $lost
