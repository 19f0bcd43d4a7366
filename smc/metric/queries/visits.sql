-- Days with a paid receipt per customer; two steps of GROUP BY are several times faster than count(distinct day).
select
    customer_key,
    count(*) as visits,
    count(*) filter (where day > $since_30) as visits_30d,
    count(*) filter (where day > $since_90) as visits_90d,
    count(*) filter (where day > $since_365) as visits_365d,
    count(*) filter (where day >= $month) as visits_month,
    min(day) filter (where day > $since_30) as first_receipt_30d,
    min(day) filter (where day > $since_90) as first_receipt_90d,
    min(day) filter (where day > $since_365) as first_receipt_365d,
    min(day) filter (where day >= $month) as first_receipt_month
from (
    select customer_key, day
    from metric_receipt
    where paid
    group by customer_key, day
) as bought
group by customer_key
