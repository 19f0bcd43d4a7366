-- Every segment on the day, for the command line and for the report. The base are customers with a profile: base_share
-- is the part of them that are members, revenue_share the members' part of what the base spent in the last 365 days
-- (returns taken off), average_receipt and revenue those of the members in the same days. Entered and gone are those of the day;
-- members of a segment's first computation did not enter.
with base as (
    select count(*) as customers, sum(m.revenue_365d) as revenue
    from customer c
    left join customer_metric m on m.customer_key = c.customer_key
), stay as (
    select
        customer_key, segment,
        case when left_on is null or left_on > $as_of then 1 else 0 end as inside,
        case when entered_on = $as_of and not initial and (left_on is null or left_on > $as_of) then 1 else 0 end
            as entered,
        case when left_on = $as_of then 1 else 0 end as gone
    from segment_member
    where entered_on <= $as_of
)
select
    s.segment,
    sum(s.inside) as members,
    cast(sum(s.inside) as double) / nullif(cast(max(b.customers) as double), 0) as base_share,
    sum(s.entered) as entered,
    sum(s.gone) as gone,
    cast(coalesce(sum(case when s.inside = 1 then m.revenue_365d end), 0) as double)
        / nullif(cast(max(b.revenue) as double), 0) as revenue_share,
    cast(sum(case when s.inside = 1 then m.revenue_365d end) as double)
        / nullif(cast(sum(case when s.inside = 1 then m.receipts_365d end) as double), 0) as average_receipt,
    coalesce(sum(case when s.inside = 1 then m.revenue_365d end), 0) as revenue
from stay s
left join customer_metric m on m.customer_key = s.customer_key
cross join base b
group by s.segment
order by s.segment
