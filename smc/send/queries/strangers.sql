-- Keys of the outbox that the warehouse does not have: it is older than the outbox.
select q.message_key
from (select unnest(cast($keys as varchar[])) as message_key) as q
left join message as g on g.message_key = q.message_key
left join task_batch as b on b.batch = q.message_key
left join watcher_copy as k on k.copy_key = q.message_key
where g.message_key is null and b.batch is null and k.copy_key is null
