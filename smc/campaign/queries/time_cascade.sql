-- How long is waited, as long as it is not known for when the message is due.
update standing
set due_at = $now + to_minutes(n.minutes)
from next_try as n
where n.waits and standing.entry_key = n.entry_key
