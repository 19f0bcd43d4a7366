-- Its tasks fare like it.
update task set state = $state, reason = $reason where batch = $batch
