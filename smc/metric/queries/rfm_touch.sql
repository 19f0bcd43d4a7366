-- Segments look anew at those whose scores are others now. One row each, however often scores are computed before that.
insert into rfm_touched
select m.customer_key
from metric_rfm_moved as m
left join rfm_touched as t on t.customer_key = m.customer_key
where t.customer_key is null
