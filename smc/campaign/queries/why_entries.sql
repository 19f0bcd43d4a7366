-- Stays of one customer in campaigns and mailings, the oldest first.
select
    entry_key, campaign, kind, version, occurrence, entered_on, arm, step, due_at, exited_on, exit_reason,
    happened_at
from entry
where customer_key = $key
order by entered_on, campaign, occurrence
