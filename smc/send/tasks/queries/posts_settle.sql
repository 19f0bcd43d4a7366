-- How tries of posts ended.
update task as t
set state = n.state, reason = n.reason, attempts = n.attempts, next_at = n.next_at
from (
    select
        unnest($keys::varchar[]) as task_key, unnest($states::varchar[]) as state, unnest($reasons::varchar[]) as reason,
        unnest($attempts::integer[]) as attempts, unnest($next_at::timestamptz[]) as next_at
) as n
where n.task_key = t.task_key and t.planned_on >= $since
