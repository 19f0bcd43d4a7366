-- Whose scores, or cell where $cells says so, are others in $scores than in $before, which mostly is rfm: with a row in
-- one of them alone, or with another row. Cells are worked out for those few only: text in the join would double its cost.
select
    coalesce(n.customer_key, o.customer_key) as customer_key,
    o.recency as old_recency, o.frequency as old_frequency, o.monetary as old_monetary, $old_cell as old_cell,
    n.recency as new_recency, n.frequency as new_frequency, n.monetary as new_monetary, $cell as new_cell
from $scores as n
full join $before as o on o.customer_key = n.customer_key
where 100 * n.recency + 10 * n.frequency + n.monetary is distinct from 100 * o.recency + 10 * o.frequency + o.monetary
    or ($cells and $cell is distinct from o.cell)
