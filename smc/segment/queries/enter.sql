-- Who is a member now and was none begins a stay, or goes on with the one that did not end; in order, so that equal runs
-- give equal tables. Members of a first computation did not enter.
insert into segment_member
select
    c.customer_key, c.name, coalesce(r.entered_on, $as_of), null,
    coalesce(r.initial, list_contains($fresh::varchar[], c.name))
from segment_come as c
left join segment_returned as r on r.customer_key = c.customer_key and r.segment = c.name
order by c.name, c.customer_key
