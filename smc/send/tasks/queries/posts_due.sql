-- Posts that may be tried now, those that waited longest first.
select t.task_key, case when t.kind = 'webhook' then t.target else $accruals end as webhook, t.text, t.attempts
from task as t
where t.state = 'planned' and t.text is not null and list_contains($kinds::varchar[], t.kind)
    and coalesce(t.next_at <= $now, true)
    and not list_contains($closed::varchar[], case when t.kind = 'webhook' then t.target else $accruals end)
order by t.planned_on, t.task_key
limit $most
