-- Stays that only the merge ended go on where they stood, and wait for what they waited for.
update entry as e
set step = m.step, due_at = m.due_at, waiting_since = m.waiting_since, exited_on = null, exit_reason = null
from customer_merge_entry as m
where e.entry_key = m.entry_key and e.exit_reason = 'merged'
    and m.merged_key in (select customer_key from smc_member);
