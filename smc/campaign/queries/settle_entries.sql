-- Write back where everyone came to rest. What he waits for at his step counts from the end of the wait before it on, from
-- the row that ended that, or from what let him in; the waits of cascades do not count.
update entry
set
    step = r.step,
    due_at = r.due_at,
    exited_on = case when r.step is null then $as_of end,
    exit_reason = r.exit_reason,
    waiting_since = r.waiting_since,
    counts_from = case
        when r.trying then entry.counts_from
        when r.waiting_since is null then r.due_at
        when r.woken_at is not null then r.woken_at
        when entry.waiting_since is not null then entry.due_at
        else entry.counts_from
    end
from (
    select s.*, w.happened_at as woken_at
    from resting as s
    left join woken as w on w.entry_key = s.entry_key
) as r
where entry.entry_key = r.entry_key
