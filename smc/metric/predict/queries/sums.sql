-- What the figures of all customers add up to, for a first look.
select
    count(*) as customers,
    sum(alive) as alive,
    sum(visits_30d) as visits_30d,
    sum(visits_90d) as visits_90d,
    sum(visits_365d) as visits_365d,
    sum(value_30d) as value_30d,
    sum(value_90d) as value_90d,
    sum(value_365d) as value_365d,
    sum(lifetime_value) as lifetime_value
from customer_prediction
