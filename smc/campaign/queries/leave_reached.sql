-- Who has what ends his stay goes before the next step.
update entry
set
    exited_on = $as_of, exit_reason = a.reason, step = null, due_at = null, waiting_since = null
from (
    select entry_key, case when bool_or(goal) then 'goal reached' else 'exit condition' end as reason
    from reached
    where leaves
    group by entry_key
) as a
where entry.entry_key = a.entry_key and entry.exited_on is null
