-- Stays in segments that the merge ends, so that they can be opened again.
insert into customer_moved
select 'segment_member', cast(row(m.segment, m.entered_on) as varchar), m.customer_key
from segment_member as m semi join smc_pair as p on p.merged_key = m.customer_key
where m.left_on is null;
