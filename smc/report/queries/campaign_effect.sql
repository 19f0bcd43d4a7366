-- Test against control: everybody who was drawn, reached or not, so that the two groups differ by nothing but the draw.
-- The clock starts when the customer's first message was due, in both groups alike: nothing was sent to the control
-- group, so the moment of sending would measure the two by different clocks. All receipts of the window count, whatever
-- else touched the customer, as far as they are those that count (see attribution_windows).
with drawn as (
    select m.customer_key, m.arm, w.days, w.first_day, w.last_day, w.chosen, min(m.due_at) as started_at
    from message m
    join attribution_window w on w.kind = m.kind and w.campaign = m.campaign
    where m.kind = $kind and m.campaign = $campaign and m.planned_on <= $as_of and cast(m.due_at as date) <= $as_of
    group by m.customer_key, m.arm, w.days, w.first_day, w.last_day, w.chosen
), bought as (
    select
        d.arm, d.customer_key,
        max(case
            when d.last_day > $as_of or date_diff('day', cast(d.started_at as date), $as_of) < d.days - 1 then 1 else 0
        end) as unfinished,
        sum(case when r.status = 'paid' and (not d.chosen or c.receipt_key is not null) then 1 else 0 end) as receipts,
        coalesce(sum(case when not d.chosen or c.receipt_key is not null then r.total end), 0) as revenue
    from drawn d
    left join receipt r
        on r.customer_key = d.customer_key
        and r.status <> 'cancelled'
        and r.day <= $as_of
        and r.purchased_at >= d.started_at
        and (d.days is null or date_diff('day', cast(d.started_at as date), r.day) < d.days)
        and (d.first_day is null or r.day >= d.first_day)
        and (d.last_day is null or r.day <= d.last_day)
    left join counted_receipt c on c.campaign = $campaign and c.receipt_key = r.receipt_key
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
