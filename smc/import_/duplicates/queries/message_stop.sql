-- Messages of a merged customer that have not left yet go, where the survivor gets or got those of the same campaign.
-- Those that wait in the outbox are cancelled there by the next hand-over.
update message as g set state = 'suppressed', reason = 'merged'
from entry as e, smc_pair as p, entry as s
where g.state in ('planned', 'queued') and e.entry_key = g.entry_key and e.customer_key = p.merged_key
    and s.customer_key = p.survivor_key and s.campaign = e.campaign
    and (s.exited_on is null or s.occurrence = e.occurrence);
