-- Messages of tonight that may have a code to print, with the day on which each is due.
select message_key, entry_key, step, cast(due_at as date) as day
from gated
where reason is null
