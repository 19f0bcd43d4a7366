-- What became of a batch.
update task_batch set state = $state, reason = $reason where batch = $batch
