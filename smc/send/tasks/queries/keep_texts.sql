-- Texts are made once, so that a second try hands over the same. Where none can be made the task has failed.
update task as t
set
    text = n.text,
    state = case when n.text is null then 'failed' else t.state end,
    reason = case when n.text is null then 'template_error' else t.reason end
from (
    select unnest($keys::varchar[]) as task_key, unnest($texts::varchar[]) as text
) as n
where n.task_key = t.task_key
