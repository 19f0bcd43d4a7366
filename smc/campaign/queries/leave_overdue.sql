-- Who was due while his campaign was off, longer ago than missed days are caught up, goes: nobody gets what is stale.
update entry
set exited_on = $as_of, exit_reason = 'campaign was off', step = null, due_at = null, waiting_since = null
from (select unnest($campaigns::varchar[]) as campaign, unnest($days::date[]) as day) as a
where entry.campaign = a.campaign and entry.exited_on is null and cast(entry.due_at as date) < a.day
