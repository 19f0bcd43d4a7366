-- Notices to people of the shop, as the outbox says; what may have left is not sent again.
update task_batch
set state = case when n.state = 'accepted' then 'done' else 'failed' end,
    reason = case when n.state <> 'accepted' then n.state end
from (
    select unnest(cast($keys as varchar[])) as batch, unnest(cast($states as varchar[])) as state
) n
where task_batch.batch = n.batch and n.state <> 'queued'
