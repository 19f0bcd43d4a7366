-- Which messages and notices that wait in a restored outbox had ended before, as the warehouse knows.
select g.message_key, case when g.state in ('delivered', 'bounced') then 'accepted' else g.state end as state, g.reason
from (select unnest(cast($keys as varchar[])) as message_key) as q
inner join message as g on g.message_key = q.message_key
where g.state <> 'planned' and g.state <> 'queued'
union all
select b.batch, case when b.state = 'done' then 'accepted' when b.reason = 'unknown' then 'unknown' else 'failed' end, b.reason
from (select unnest(cast($keys as varchar[])) as message_key) as q
inner join task_batch as b on b.batch = q.message_key
where b.state = 'done' or b.state = 'failed'
