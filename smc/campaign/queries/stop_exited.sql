-- What has not left yet is not sent any more to whom something let out. The outbox is told by the hand-over.
update message as m
set state = 'suppressed', reason = o.reason
from let_out as o
where m.state in ('planned', 'queued') and o.entry_key = m.entry_key
