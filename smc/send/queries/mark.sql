-- What the hand-over decided about planned messages, in one step.
update message
set state = n.state, reason = n.reason
from (
    select
        unnest(cast($keys as varchar[])) as message_key,
        unnest(cast($states as varchar[])) as state,
        unnest(cast($reasons as varchar[])) as reason
) as n
where message.message_key = n.message_key and message.state = 'planned'
