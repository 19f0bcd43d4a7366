-- Segments look anew at those whose scores are others now. One row each, however often scores are computed before that:
-- the first one has the scores that segments have seen.
insert into rfm_touched (customer_key, recency, frequency, monetary, cell)
select m.customer_key, m.old_recency, m.old_frequency, m.old_monetary, m.old_cell
from metric_rfm_moved as m
left join rfm_touched as t on t.customer_key = m.customer_key
where t.customer_key is null
