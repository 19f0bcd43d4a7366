-- Earlier stays count for re-entry, but nobody is inside when the simulation begins.
update entry
set exited_on = cast($since as date) - 1, exit_reason = 'before the simulation', step = null, due_at = null
where list_contains($names::varchar[], campaign) and (exited_on is null or exited_on >= $since)
