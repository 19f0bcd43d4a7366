-- Figures of every customer with a paid receipt. Only the hypergeometric part comes from Python, by repeat visits and age
-- (predict_pace); the rest is in closed form. Sources of the formulas: purchases.py, spend.py.
-- The next visit of a customer who has not left is Lomax: it has come after t weeks with chance 1 - ((alpha+T)/(alpha+T+t))^(r+x).
-- Times the chance to be alive this passes one half at the day given, or never.
insert into customer_prediction (
    customer_key, alive, visits_30d, visits_90d, visits_365d, next_visit,
    average_visit, value_30d, value_90d, value_365d, lifetime_value
)
with known as (
    select
        m.customer_key,
        m.visits - 1 as x,
        date_diff('day', m.first_receipt, $as_of) as days,
        $alpha + cast(date_diff('day', m.first_receipt, $as_of) as double) / 7 as age,
        $alpha + cast(date_diff('day', m.first_receipt, m.last_receipt) as double) / 7 as recency,
        case when m.revenue > f.money then cast(m.revenue - f.money as double) end as money
    from customer_metric as m
    left join predict_first as f on f.customer_key = m.customer_key
    where m.visits > 0
),
judged as (
    select
        *,
        case
            when x = 0 then cast(1 as double)
            else 1 / (1 + $a / ($b + x - 1) * exp(least(700, ($r + x) * ln(age / recency))))
        end as alive,
        case
            when money is null then $p * $v / ($q - 1)
            else $p * ($v + money) / ($p * x + $q - 1)
        end as average
    from known
),
timed as (
    select
        *,
        case
            when alive > 0.5 then 7 * age * (pow(1 - 1 / (2 * alive), -1 / ($r + x)) - 1)
        end as wait
    from judged
)
select
    t.customer_key,
    t.alive,
    t.alive * g.visits_30d,
    t.alive * g.visits_90d,
    t.alive * g.visits_365d,
    case when t.wait <= 3650 then $as_of + cast(greatest(ceil(t.wait), 1) as integer) end,
    try_cast(t.average as decimal(18, 2)),
    try_cast(t.alive * g.visits_30d * t.average * $margin as decimal(18, 2)),
    try_cast(t.alive * g.visits_90d * t.average * $margin as decimal(18, 2)),
    try_cast(t.alive * g.visits_365d * t.average * $margin as decimal(18, 2)),
    try_cast(t.alive * g.discounted * t.average * $margin as decimal(18, 2))
from timed as t
join predict_pace as g on g.x = t.x and g.age = t.days
