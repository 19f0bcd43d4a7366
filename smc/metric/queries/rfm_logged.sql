-- The changes of a day once more, when scores are computed again for it: old is what was before the day's first run, new
-- what is now. Who is back where he was has no change.
select
    coalesce(m.customer_key, c.customer_key) as customer_key,
    case when c.customer_key is null then m.old_recency else c.old_recency end as old_recency,
    case when c.customer_key is null then m.old_frequency else c.old_frequency end as old_frequency,
    case when c.customer_key is null then m.old_monetary else c.old_monetary end as old_monetary,
    case when c.customer_key is null then m.old_cell else c.old_cell end as old_cell,
    case when m.customer_key is null then c.new_recency else m.new_recency end as new_recency,
    case when m.customer_key is null then c.new_frequency else m.new_frequency end as new_frequency,
    case when m.customer_key is null then c.new_monetary else m.new_monetary end as new_monetary,
    case when m.customer_key is null then c.new_cell else m.new_cell end as new_cell
from metric_rfm_moved as m
full join (select * from rfm_change where as_of = $as_of) as c on c.customer_key = m.customer_key
