-- Customers counted by what BG/NBD wants to know of them on $until: repeat visits, days from the first to the last one, days
-- since the first one. later: visits after $until.
select
    $visits - 1 as x,
    date_diff('day', first_receipt, $last) as recency,
    date_diff('day', first_receipt, $until) as age,
    count(*) as customers,
    sum(visits - $visits) as later
from predict_history
where first_receipt <= $until
group by $visits - 1, date_diff('day', first_receipt, $last), date_diff('day', first_receipt, $until)
