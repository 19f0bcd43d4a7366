-- Simulated messages are accepted at once; nothing leaves.
update message
set state = 'accepted', state_at = due_at, left_on = $day
where planned_on = $day and state = 'planned'
