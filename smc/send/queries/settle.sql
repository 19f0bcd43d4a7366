-- States read from the outbox; what a bounce or a receipt of delivery said later stays, and so does the day on which a
-- message left first.
update message
set
    state = n.state,
    reason = n.reason,
    state_at = n.state_at,
    left_on = coalesce(message.left_on, case when n.state in ('accepted', 'unknown') then cast(n.state_at as date) end)
from (
    select
        unnest(cast($keys as varchar[])) as message_key,
        unnest(cast($states as varchar[])) as state,
        unnest(cast($reasons as varchar[])) as reason,
        unnest(cast($times as timestamptz[])) as state_at
) as n
where message.message_key = n.message_key and message.state <> 'delivered' and message.state <> 'bounced'
