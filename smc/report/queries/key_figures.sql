-- The figures at the top. Buyers and receipts are of paid receipts; revenue also has the returns, with their minus.
-- The average receipt is revenue by paid receipts, as the metric of a customer is.
with sales as (
    select
        count(distinct case when status = 'paid' then customer_key end) as buyers,
        sum(case when status = 'paid' then 1 else 0 end) as receipts,
        sum(total) as revenue,
        min(case when status = 'paid' then day end) as first_day,
        max(case when status = 'paid' then day end) as last_day,
        cast(sum(case when date_diff('day', day, $as_of) < 365 then total end) as double)
            / nullif(cast(sum(case when status = 'paid' and date_diff('day', day, $as_of) < 365 then 1 else 0 end)
                as double), 0) as average_receipt_365d
    from receipt
    where status <> 'cancelled' and day <= $as_of
), people as (
    select count(*) as profiles from customer
), sent as (
    select
        count(*) as messages,
        sum(case when state in ('accepted', 'delivered') then 1 else 0 end) as accepted,
        sum(case when state = 'suppressed' then 1 else 0 end) as suppressed
    from message
    where planned_on <= $as_of
)
select
    p.profiles, s.buyers, coalesce(s.receipts, 0) as receipts, coalesce(s.revenue, 0) as revenue,
    m.messages, coalesce(m.accepted, 0) as accepted, coalesce(m.suppressed, 0) as suppressed,
    s.average_receipt_365d, s.first_day, s.last_day
from people p
cross join sales s
cross join sent m
