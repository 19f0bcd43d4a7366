-- A campaign that is no longer in the project lets its customers out.
update entry
set exited_on = $as_of, exit_reason = 'campaign removed', step = null, due_at = null, waiting_since = null
where exited_on is null and list_contains($gone::varchar[], campaign)
