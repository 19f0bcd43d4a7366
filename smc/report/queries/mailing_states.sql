-- Messages of one mailing by arm, state and reason.
select arm, state, reason, count(*) as messages
from message
where kind = $kind and campaign = $campaign
group by arm, state, reason
order by arm desc, messages desc, state, reason
