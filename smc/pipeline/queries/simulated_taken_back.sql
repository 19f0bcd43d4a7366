-- Messages that a night planned and a later one took back: their customers have left, or are control by then.
select campaign, channel, reason, count(*) as messages
from message
where planned_on between $since and $until and arm <> 'control'
    and reason in ('exited', 'control_group', 'global_control')
group by campaign, channel, reason
order by campaign, channel, reason
