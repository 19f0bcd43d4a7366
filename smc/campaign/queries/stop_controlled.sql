-- Messages that have not left yet do not go to whoever is control by now. The outbox is told by the hand-over.
update message as m
set state = 'suppressed', reason = n.reason
from control_now as n
where m.state in ('planned', 'queued') and m.arm <> 'control'
    and n.campaign = m.campaign and n.version = m.version and n.customer_key = m.customer_key
