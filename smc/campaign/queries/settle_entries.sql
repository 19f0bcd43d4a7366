-- Write back where everyone came to rest.
update entry
set
    step = r.step,
    due_at = r.due_at,
    exited_on = case when r.step is null then $as_of end,
    exit_reason = r.exit_reason,
    waiting_since = r.waiting_since
from resting as r
where entry.entry_key = r.entry_key
