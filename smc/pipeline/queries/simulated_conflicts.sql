-- Messages that found no room under a cap, with what had taken it.
select campaign, lost_to, count(*) as messages
from message
where planned_on between $since and $until and reason = 'policy'
group by campaign, lost_to
order by messages desc, campaign, lost_to
