-- Everyone else stands at the next step and is due at once.
create or replace temp table walker as
select entry_key, campaign, kind, version, customer_key, arm, next_step as step
from moved
where next_step is not null and due_at <= $now
