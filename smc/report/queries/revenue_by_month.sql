-- Revenue by month from customers in the month of their first paid receipt, from returning ones, and without a
-- customer. Returns count with their minus in the month in which they were made.
with first_month as (
    select customer_key, cast(date_trunc('month', min(day)) as date) as month
    from receipt
    where status = 'paid' and day <= $as_of and customer_key is not null
    group by customer_key
), sale as (
    select
        cast(date_trunc('month', r.day) as date) as month, r.status, r.total,
        case
            when r.customer_key is null then 'anonymous'
            when f.month = cast(date_trunc('month', r.day) as date) then 'new'
            else 'returning'
        end as origin
    from receipt r
    left join first_month f on f.customer_key = r.customer_key
    where r.status <> 'cancelled' and r.day <= $as_of
)
select
    month,
    sum(case when status = 'paid' then 1 else 0 end) as receipts,
    sum(total) as revenue,
    sum(case when origin = 'new' then total else 0 end) as revenue_new,
    sum(case when origin = 'returning' then total else 0 end) as revenue_returning,
    sum(case when origin = 'anonymous' then total else 0 end) as revenue_anonymous,
    cast(sum(case when origin = 'returning' then total else 0 end) as double)
        / nullif(cast(sum(case when origin <> 'anonymous' then total else 0 end) as double), 0) as returning_share,
    cast(sum(total) as double)
        / nullif(cast(sum(case when status = 'paid' then 1 else 0 end) as double), 0) as average_receipt
from sale
where month >= $since
group by month
order by month
