-- Everyone else stands at the next step and is due at once; whom a control step has held back goes on as control.
create or replace temp table walker as
select entry_key, campaign, kind, version, customer_key,
    case when action = 'control' and label = 'control' then 'control' else arm end as arm,
    next_step as step
from moved
where next_step is not null and due_at <= $now
