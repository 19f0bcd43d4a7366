-- What the fit knows of each customer up to $until: days with a paid receipt, revenue, and the same days up to $cut, from
-- which the days kept back for the check begin. Returns reduce revenue and are no visits. Those who bought before $since are
-- left out: customers whose beginnings the data do not show look younger than they are.
select
    customer_key,
    min(day) filter (where paid > 0) as first_receipt,
    max(day) filter (where paid > 0) as last_receipt,
    count(*) filter (where paid > 0) as visits,
    max(day) filter (where paid > 0 and day <= $cut) as last_cut,
    count(*) filter (where paid > 0 and day <= $cut) as visits_cut,
    sum(money) as revenue
from (
    select customer_key, day, sum(total) as money, count(*) filter (where status = 'paid') as paid
    from receipt
    where customer_key is not null and status <> 'cancelled' and day <= $until
    group by customer_key, day
) as bought
group by customer_key
having min(day) filter (where paid > 0) >= $since
