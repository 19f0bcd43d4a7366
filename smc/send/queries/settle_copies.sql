-- Copies for people of the shop, as the outbox says.
update watcher_copy
set state = n.state
from (
    select unnest(cast($keys as varchar[])) as copy_key, unnest(cast($states as varchar[])) as state
) as n
where watcher_copy.copy_key = n.copy_key
