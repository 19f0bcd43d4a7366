-- In how many paid receipts and for how much each customer bought each category or brand.
-- A receipt counts once however many of its lines match: first a row per receipt, then a count of rows.
select customer_key, value, count(*) as receipts, sum(money) as money
from (
    select customer_key, receipt_key, $value as value, sum(amount) as money
    from metric_line
    where paid and $value is not null
    group by customer_key, receipt_key, $value
) as bought
group by customer_key, value
