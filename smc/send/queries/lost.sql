-- Messages that a lost outbox had: they are planned again, but what was due and may have left becomes unknown.
update message
set
    state = case when n.again then 'planned' else 'unknown' end,
    reason = case when n.again then null else 'the outbox was lost' end
from (
    select q.message_key, $again or g.due_at > cast($now as timestamptz) as again
    from (select unnest(cast($keys as varchar[])) as message_key) as q
    inner join message as g on g.message_key = q.message_key
) as n
where message.message_key = n.message_key
