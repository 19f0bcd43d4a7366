-- Test against control: everybody who was drawn, reached or not, so that the two groups differ by nothing but the draw.
-- The clock starts when the customer's first message was due, in both groups alike: nothing was sent to the control
-- group, so the moment of sending would measure the two by different clocks. All receipts of the window count, whatever
-- else touched the customer.
with drawn as (
    select customer_key, arm, min(due_at) as started_at
    from message
    where kind = $kind and campaign = $campaign and planned_on <= $as_of and cast(due_at as date) <= $as_of
    group by customer_key, arm
), bought as (
    select
        d.arm, d.customer_key,
        max(case when date_diff('day', cast(d.started_at as date), $as_of) < $days - 1 then 1 else 0 end) as unfinished,
        sum(case when r.status = 'paid' then 1 else 0 end) as receipts,
        coalesce(sum(r.total), 0) as revenue
    from drawn d
    left join receipt r
        on r.customer_key = d.customer_key
        and r.status <> 'cancelled'
        and r.day <= $as_of
        and r.purchased_at >= d.started_at
        and date_diff('day', cast(d.started_at as date), r.day) < $days
    group by d.arm, d.customer_key
)
select
    arm,
    count(*) as customers,
    sum(unfinished) as unfinished,
    sum(case when receipts > 0 then 1 else 0 end) as buyers,
    cast(sum(case when receipts > 0 then 1 else 0 end) as double) / nullif(cast(count(*) as double), 0) as conversion,
    sum(receipts) as receipts,
    sum(revenue) as revenue,
    cast(sum(revenue) as double) / nullif(cast(count(*) as double), 0) as revenue_per_customer
from bought
group by arm
order by arm desc
