-- Stays in segments that only the merge ended are open again.
update segment_member as m set left_on = null
from customer_moved as d
where d.table_name = 'segment_member' and d.given_key = m.customer_key
    and d.row_key = cast(row(m.segment, m.entered_on) as varchar)
    and m.customer_key in (select customer_key from smc_member);
