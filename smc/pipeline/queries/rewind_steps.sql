-- Steps that simulated campaigns did from the first day on, or in stays that began then.
delete from step_log
using entry as e
where e.entry_key = step_log.entry_key and list_contains($names::varchar[], e.campaign)
    and (step_log.done_on >= $since or e.entered_on >= $since)
