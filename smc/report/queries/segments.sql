-- Members of each segment on the day, their share of customers with a profile and of the last 365 days' revenue, and
-- who entered or left in the run of the day. The first computation of a segment is no entering.
with base as (
    select count(*) as customers from customer
), whole as (
    select sum(revenue_365d) as revenue from customer_metric
), stay as (
    select
        customer_key, segment,
        case when entered_on <= $as_of and (left_on is null or left_on > $as_of) then 1 else 0 end as inside,
        case when entered_on = $as_of and not initial and (left_on is null or left_on > $as_of) then 1 else 0 end
            as entered,
        case when left_on = $as_of then 1 else 0 end as gone
    from segment_member
)
select
    s.segment,
    sum(s.inside) as members,
    cast(sum(s.inside) as double) / nullif(cast(max(b.customers) as double), 0) as share,
    cast(sum(case when s.inside = 1 then m.revenue_365d else 0 end) as double)
        / nullif(cast(max(w.revenue) as double), 0) as revenue_share,
    cast(sum(case when s.inside = 1 then m.revenue_365d end) as double)
        / nullif(cast(sum(case when s.inside = 1 then m.receipts_365d end) as double), 0) as average_receipt,
    sum(s.entered) as entered,
    sum(s.gone) as gone
from stay s
left join customer_metric m on m.customer_key = s.customer_key
cross join base b
cross join whole w
group by s.segment
order by s.segment
