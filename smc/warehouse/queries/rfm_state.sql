-- Scores as they were at the end of a day, from the last change of each customer up to it.
select c.customer_key, cast(c.new_recency as integer) as recency, cast(c.new_frequency as integer) as frequency,
    cast(c.new_monetary as integer) as monetary, c.new_cell as cell
from rfm_change as c
join (
    select customer_key, max(as_of) as as_of from rfm_change where as_of <= $day group by customer_key
) as newest on newest.customer_key = c.customer_key and newest.as_of = c.as_of
where c.new_recency is not null
