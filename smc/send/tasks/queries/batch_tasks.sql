-- Its tasks fare like it, save those that were stopped.
update task set state = $state, reason = $reason where batch = $batch and state <> 'suppressed'
