-- Whom the draw moved. Their days do not say it: who is drawn on a day that was computed already is in from that day on,
-- and who is not drawn any more was in until the day before.
insert into segment_touched
select coalesce(b.customer_key, n.customer_key)
from control_before as b
full join (
    select distinct customer_key
    from control_member
    where control_group = $name and coalesce(starts_on <= $as_of, true) and coalesce(ends_on >= $as_of, true)
) as n on n.customer_key = b.customer_key
where b.customer_key is null or n.customer_key is null
