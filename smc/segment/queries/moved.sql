-- Who is a member on one of two days and not on the other. A stay that began with the first computation of the segment
-- is as old as the segment: whoever has one did not enter.
with day as (
    select
        customer_key,
        bool_or((entered_on <= $since or initial) and (left_on is null or left_on > $since)) as before,
        bool_or(entered_on <= $as_of and (left_on is null or left_on > $as_of)) as after,
        max(entered_on) as entered_on,
        max(case when left_on <= $as_of then left_on end) as left_on
    from segment_member
    where segment = $segment and entered_on <= $as_of
    group by customer_key
)
select
    i.customer_id, case when d.after then 'entered' else 'left' end as change,
    case when d.after then d.entered_on else d.left_on end as happened_on
from day d
join customer_ident i on i.customer_key = d.customer_key
where d.before <> d.after
order by change, i.customer_id
