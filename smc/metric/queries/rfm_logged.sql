-- The changes of a day of those who moved, also when scores are computed again for it: old is what was before the day's
-- first run, new what is now. Who is back where he was has no change.
select
    m.customer_key,
    case when c.customer_key is null then m.old_recency else c.old_recency end as old_recency,
    case when c.customer_key is null then m.old_frequency else c.old_frequency end as old_frequency,
    case when c.customer_key is null then m.old_monetary else c.old_monetary end as old_monetary,
    case when c.customer_key is null then m.old_cell else c.old_cell end as old_cell,
    m.new_recency,
    m.new_frequency,
    m.new_monetary,
    m.new_cell
from metric_rfm_moved as m
left join (select * from rfm_change where as_of = $as_of) as c on c.customer_key = m.customer_key
