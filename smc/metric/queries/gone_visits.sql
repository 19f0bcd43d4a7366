-- Days with a paid receipt among those that windows left behind; a column is added for each window.
select customer_key
from (
    select customer_key, day
    from receipt
    where customer_key in (select customer_key from metric_aged) and status = 'paid' and $lost
    group by customer_key, day
) as gone
group by customer_key
