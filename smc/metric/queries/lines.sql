-- Sums over lines per customer; returned ones are negative.
select
    customer_key,
    coalesce(sum(quantity), 0) as items,
    coalesce(sum(amount), 0) as lines_amount,
    coalesce(sum(quantity) filter (where day > $since_30), 0) as items_30d,
    coalesce(sum(amount) filter (where day > $since_30), 0) as lines_amount_30d,
    coalesce(sum(quantity) filter (where day > $since_90), 0) as items_90d,
    coalesce(sum(amount) filter (where day > $since_90), 0) as lines_amount_90d,
    coalesce(sum(quantity) filter (where day > $since_365), 0) as items_365d,
    coalesce(sum(amount) filter (where day > $since_365), 0) as lines_amount_365d,
    coalesce(sum(quantity) filter (where day >= $month), 0) as items_month,
    coalesce(sum(amount) filter (where day >= $month), 0) as lines_amount_month
from metric_line
group by customer_key
