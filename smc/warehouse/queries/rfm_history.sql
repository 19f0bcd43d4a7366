-- Size of each cell at the end of each month, that is on its last computed day: who came into it up to then, less who
-- left. Months without a computed day are not there.
with month_end as (
    select cast(date_trunc('month', as_of) as date) as month, max(as_of) as as_of
    from rfm_day where as_of <= $as_of
    group by cast(date_trunc('month', as_of) as date)
),
step as (
    select as_of, new_cell as cell, 1 as part from rfm_change where new_recency is not null
    union all
    select as_of, old_cell, -1 from rfm_change where old_recency is not null
),
monthly as (
    select cast(date_trunc('month', as_of) as date) as month, cell, sum(part) as part
    from step where as_of <= $as_of
    group by cast(date_trunc('month', as_of) as date), cell
),
size as (
    select e.month, e.as_of, m.cell, cast(sum(m.part) as bigint) as customers
    from month_end as e
    join monthly as m on m.month <= e.month
    group by e.month, e.as_of, m.cell
)
select
    month, as_of, cell, customers,
    cast(customers as double) / nullif(cast(sum(customers) over (partition by month) as double), 0) as share
from size
where customers > 0
order by month desc, customers desc, cell
