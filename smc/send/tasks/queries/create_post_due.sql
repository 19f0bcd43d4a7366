-- Posts that may be tried in this run, numbered, those that waited longest first.
create or replace temp table post_due as
select
    t.task_key, case when t.kind = 'webhook' then t.target else $accruals end as webhook, t.text, t.attempts, t.planned_on,
    row_number() over (order by t.planned_on, t.task_key) as nth
from task as t
where t.state = 'planned' and t.text is not null and list_contains($kinds::varchar[], t.kind)
    and coalesce(t.next_at <= $now, true)
