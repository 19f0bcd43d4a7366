-- Whose message of a cascade was refused has nothing to wait for: the next night goes on, if the wait does not end before.
update entry
set due_at = least(entry.due_at, cast($tomorrow as timestamptz))
from (
    select g.entry_key, g.step
    from gated as g
    join rung as r on r.campaign = g.campaign and r.version = g.version and r.step = g.step and r.channel = g.channel
    where g.arm <> 'control'
    group by g.entry_key, g.step
    having count(g.reason) = count(*)
) as n
where entry.entry_key = n.entry_key and entry.step = n.step and entry.exited_on is null
