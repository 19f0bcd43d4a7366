-- Every segment on a day: members, changes, and what its members bring, from the stored metrics of all time.
with stay as (
    select segment, customer_key, entered_on, left_on, initial
    from segment_member
    where list_contains($segments, segment) and entered_on <= $as_of and (left_on is null or left_on >= $as_of)
),
base as (
    select count(*) as customers, sum(m.revenue) as revenue
    from customer c
    left join customer_metric m using (customer_key)
),
figure as (
    select
        s.segment,
        count(*) filter (s.left_on is null or s.left_on > $as_of) as members,
        count(*) filter (s.entered_on = $as_of and not s.initial) as entered,
        count(*) filter (s.left_on = $as_of) as left_today,
        sum(m.revenue) filter (s.left_on is null or s.left_on > $as_of) as revenue,
        sum(m.receipts) filter (s.left_on is null or s.left_on > $as_of) as receipts
    from stay s
    left join customer_metric m using (customer_key)
    group by s.segment
)
select
    f.segment,
    f.members,
    cast(f.members as double) / nullif(cast(b.customers as double), 0) as base_share,
    f.entered,
    f.left_today,
    cast(coalesce(f.revenue, 0) as double) / nullif(cast(b.revenue as double), 0) as revenue_share,
    cast(f.revenue as double) / nullif(cast(f.receipts as double), 0) as average_receipt
from figure f
cross join base b
