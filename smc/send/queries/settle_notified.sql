-- The tasks of these notices fare like them.
update task
set state = case when n.state = 'accepted' then 'done' else 'failed' end,
    reason = case when n.state <> 'accepted' then n.state end
from (
    select unnest(cast($keys as varchar[])) as batch, unnest(cast($states as varchar[])) as state
) n
where task.batch = n.batch and n.state <> 'queued'
