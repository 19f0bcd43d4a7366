-- They end: nobody goes through a campaign twice because he had two ids.
update entry as e
set exited_on = $as_of, exit_reason = 'merged', step = null, due_at = null, waiting_since = null
from customer_merge_entry as m, smc_pair as p
where e.entry_key = m.entry_key and m.merged_key = p.merged_key and e.exited_on is null;
