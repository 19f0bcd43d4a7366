-- When a goal was reached is written down once.
update entry
set goal_at = a.reached_at
from reached as a
where entry.entry_key = a.entry_key and a.goal
