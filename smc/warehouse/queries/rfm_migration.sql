-- From which cell to which between the ends of two days. (new) had no scores before, (gone) has none any more, (none) has
-- scores that no cell names. The share is of those who were in the cell before.
with moved as (
    select
        customer_key, old_recency, old_cell, new_recency, new_cell,
        row_number() over (partition by customer_key order by as_of) as from_first,
        row_number() over (partition by customer_key order by as_of desc) as from_last
    from rfm_change
    where as_of > $from_day and as_of <= $to_day
),
walked as (
    select
        case when f.old_recency is null then '(new)' else coalesce(f.old_cell, '(none)') end as from_cell,
        case when l.new_recency is null then '(gone)' else coalesce(l.new_cell, '(none)') end as to_cell,
        count(*) as customers
    from moved as f
    join moved as l on l.customer_key = f.customer_key
    where f.from_first = 1 and l.from_last = 1 and (f.old_recency is not null or l.new_recency is not null)
    group by 1, 2
),
step as (
    select coalesce(new_cell, '(none)') as cell, 1 as part
    from rfm_change where new_recency is not null and as_of <= $from_day
    union all
    select coalesce(old_cell, '(none)'), -1 from rfm_change where old_recency is not null and as_of <= $from_day
    union all
    select from_cell, -customers from walked where from_cell <> '(new)'
),
everybody as (
    select from_cell, to_cell, customers from walked
    union all
    select cell, cell, sum(part) from step group by cell
)
select
    from_cell, to_cell, cast(sum(customers) as bigint) as customers,
    cast(sum(customers) as double) / nullif(cast(sum(sum(customers)) over (partition by from_cell) as double), 0)
        as share
from everybody
group by from_cell, to_cell
having sum(customers) > 0
order by from_cell, to_cell
