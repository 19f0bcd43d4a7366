-- Everybody with scores at the end of a past day, from the last change of each up to it, and what he spent in the 365
-- days up to that day, after $since; receipts that came late are in it.
with newest as (
    select customer_key, max(as_of) as as_of from rfm_change where as_of <= $day group by customer_key
),
spent as (
    select customer_key, sum(total) as revenue, count(*) filter (where status = 'paid') as receipts
    from receipt
    where customer_key is not null and status <> 'cancelled' and day > $since and day <= $day
    group by customer_key
)
select c.customer_key, cast(c.new_recency as integer) as recency, cast(c.new_frequency as integer) as frequency,
    cast(c.new_monetary as integer) as monetary, c.new_cell as cell,
    coalesce(s.revenue, 0) as revenue, coalesce(s.receipts, 0) as receipts
from rfm_change as c
join newest as n on n.customer_key = c.customer_key and n.as_of = c.as_of
left join spent as s on s.customer_key = c.customer_key
where c.new_recency is not null
