-- One row per message, sent or not.
insert into message by name
select
    message_key, entry_key, campaign, kind, version, step, customer_key, channel, category, template, arm,
    $as_of as planned_on, due_at, expires_at, closes_at,
    case when reason is null then 'planned' else 'suppressed' end as state,
    reason, lost_to
from gated
where not again
