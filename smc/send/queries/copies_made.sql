-- Copies that are in the outbox.
update watcher_copy
set state = 'queued'
where state = 'planned' and copy_key in (select unnest(cast($keys as varchar[])))
