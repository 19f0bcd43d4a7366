-- Receipts on the days that windows left behind; a column is added for each figure and window.
select customer_key
from (
    select
        customer_key, day, status = 'paid' as paid, total, discount, bonus_paid, bonus_accrued,
        promocode is not null as coded
    from receipt
    where customer_key in (select customer_key from metric_aged) and status <> 'cancelled' and $lost
) as gone
group by customer_key
