-- Which messages that wait in a restored outbox had ended before, as the warehouse knows.
select g.message_key, case when g.state in ('delivered', 'bounced') then 'accepted' else g.state end as state, g.reason
from (select unnest(cast($keys as varchar[])) as message_key) as q
inner join message as g on g.message_key = q.message_key
where g.state <> 'planned' and g.state <> 'queued'
