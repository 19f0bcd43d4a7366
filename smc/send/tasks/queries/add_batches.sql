-- They are written down before anything leaves, so that a killed run hands over the same.
insert into task_batch
select batch, kind, target, name, $as_of as made_on, number, 'made' as state, null as reason
from fresh_batch
