-- How many of the messages that a lost outbox had are planned again.
select count(*)
from (select unnest(cast($keys as varchar[])) as message_key) as q
inner join message as g on g.message_key = q.message_key
where g.state = 'planned'
