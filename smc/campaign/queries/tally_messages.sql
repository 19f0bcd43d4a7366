-- Messages planned on a day, in groups, each with a sum over its keys: keys are hashes, so two lists with the same
-- counts and the same sums are the same list.
select
    campaign, step, channel, reason, count(*) as messages,
    sum(cast(('0x' || left(message_key, 15)) as bigint)) as keys
from message
where planned_on = $as_of
group by campaign, step, channel, reason
