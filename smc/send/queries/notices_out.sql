-- Notices that the outbox should have, and those that were given up because it was lost.
select batch
from task_batch
where kind = 'notices' and (state = 'handed over' or ($lost and state = 'failed' and reason = 'the outbox was lost'))
order by batch
