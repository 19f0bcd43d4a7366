-- Notices that a lost outbox had: they are made again, or given up, for they may have left.
update task_batch
set state = case when $again then 'made' else 'failed' end, reason = case when not $again then 'the outbox was lost' end
where batch in (select unnest(cast($keys as varchar[])))
