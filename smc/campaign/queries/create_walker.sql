-- Everyone who stands at a step that is due in a campaign that is active.
create or replace temp table walker as
select entry_key, campaign, kind, version, customer_key, arm, step
from entry
where exited_on is null and due_at <= $now and list_contains($active::varchar[], campaign)
