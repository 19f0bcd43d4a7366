-- What has not left yet is not sent any more to whom something let out: he has bought, say. Who only came to the end of
-- his steps keeps what waits. The outbox is told by the hand-over.
update message as m
set
    state = 'suppressed',
    reason = case when e.exit_reason = 'campaign removed' then 'campaign_off' else 'exited' end
from entry as e
where m.state in ('planned', 'queued') and e.entry_key = m.entry_key and e.exited_on is not null
    and e.exit_reason in ('goal reached', 'exit condition', 'exit condition no longer valid', 'campaign removed')
