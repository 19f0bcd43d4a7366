-- The new scores of those whose scores are others now; in order, so that equal runs give equal tables.
insert into rfm (customer_key, recency, frequency, monetary, cell)
select customer_key, new_recency, new_frequency, new_monetary, new_cell
from metric_rfm_moved
where new_recency is not null
order by customer_key
