-- Lines on the days that windows left behind; a column is added for each figure and window.
select customer_key
from receipt_line
where customer_key in (select customer_key from metric_aged) and counted and $lost
group by customer_key
