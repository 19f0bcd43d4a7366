-- Their tasks fare like them.
update task
set state = case when $again then 'handed over' else 'failed' end,
    reason = case when not $again then 'the outbox was lost' end
where batch in (select unnest(cast($keys as varchar[])))
