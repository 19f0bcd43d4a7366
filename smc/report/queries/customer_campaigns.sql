-- Campaigns and mailings that one customer entered, newest first.
select campaign, kind, occurrence, entered_on, arm, step, due_at, exited_on, exit_reason
from entry
where customer_key = $key
order by entered_on desc, campaign, occurrence
