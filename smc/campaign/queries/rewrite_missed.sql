-- Another time for what missed its own, or the reason why there is none. The outbox is told by the hand-over.
update message
set
    due_at = g.due_at,
    closes_at = g.closes_at,
    state = case when g.reason is null then message.state else 'suppressed' end,
    reason = g.reason,
    lost_to = g.lost_to
from gated as g
where g.again and message.message_key = g.message_key
