-- Those of these copies that are still to be made.
select k.copy_key
from (select unnest(cast($keys as varchar[])) as copy_key) as q
inner join watcher_copy as k on k.copy_key = q.copy_key
where k.state = 'planned'
order by k.copy_key
