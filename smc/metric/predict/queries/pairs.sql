-- Every pair of repeat visits and age in days that some customer has; expected visits hang on nothing else.
select distinct visits - 1 as x, date_diff('day', first_receipt, $as_of) as age
from customer_metric
where visits > 0
order by x, age
