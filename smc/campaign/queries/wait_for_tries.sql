-- A cascade waits from the moment for which its message is due.
update entry
set due_at = g.due_at + to_minutes(r.minutes)
from gated as g
join rung as r
    on r.campaign = g.campaign and r.version = g.version and r.step = g.step and r.channel = g.channel and not r.final
where not g.again and g.reason is null and entry.entry_key = g.entry_key and entry.step = g.step
    and entry.exited_on is null
