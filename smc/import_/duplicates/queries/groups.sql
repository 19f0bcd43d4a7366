-- Groups for people: those that can be merged first, the survivor at the beginning of each.
select list(i.customer_id order by r.place) as ids, any_value(v.rules), any_value(v.signs), v.why
from (
    select *, row_number() over (order by why nulls first, group_no) as nth from smc_verdict
) as v
join smc_ranked as r on r.group_no = v.group_no
join customer_ident as i on i.customer_key = r.customer_key
where v.nth <= $most
group by v.nth, v.why
order by v.nth;
