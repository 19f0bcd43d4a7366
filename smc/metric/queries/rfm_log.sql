-- The changes of a day.
insert into rfm_change
select $as_of, customer_key, old_recency, old_frequency, old_monetary, old_cell,
    new_recency, new_frequency, new_monetary, new_cell
from metric_rfm_log
where 100 * old_recency + 10 * old_frequency + old_monetary
    is distinct from 100 * new_recency + 10 * new_frequency + new_monetary
    or old_cell is distinct from new_cell
