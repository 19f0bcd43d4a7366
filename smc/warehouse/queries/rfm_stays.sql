-- The stays of one customer: since when he had which scores and cell, and until when; the newest first.
select as_of as since, lead(as_of) over (order by as_of) as until, new_recency as recency, new_frequency as frequency,
    new_monetary as monetary, new_cell as cell
from rfm_change
where customer_key = $key and as_of <= $day
order by as_of desc
