-- One row per message, sent or not. It is due at the sending time of the day, or of the next day when that has passed.
insert into message by name
select
    message_key, entry_key, campaign, kind, version, step, customer_key, channel, category, template, arm,
    $as_of as planned_on,
    case when at_day >= $now then at_day else at_next_day end as due_at,
    case when at_day >= $now then at_day else at_next_day end + to_days(lifetime) as expires_at,
    case when reason is null then 'planned' else 'suppressed' end as state,
    reason
from gated
