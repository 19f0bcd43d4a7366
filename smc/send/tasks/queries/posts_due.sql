-- The next ones, of webhooks that take any.
select task_key, webhook, text, attempts, planned_on, nth
from post_due
where nth > $after and not list_contains($closed::varchar[], webhook)
order by nth
limit $most
