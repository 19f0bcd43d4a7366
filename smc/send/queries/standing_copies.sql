-- Of which mailing the copies for people of the shop are that wait in the outbox.
select k.copy_key, k.campaign
from (select unnest(cast($keys as varchar[])) as copy_key) as q
inner join watcher_copy as k on k.copy_key = q.copy_key
