-- Simulated messages are accepted when they are due; what waits for a later day may still be taken back. Nothing leaves.
update message
set state = 'accepted', state_at = due_at, left_on = $day
where state = 'planned' and due_at < $until
