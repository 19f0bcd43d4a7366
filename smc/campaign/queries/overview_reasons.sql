-- Why messages of one run were left out, per campaign and mailing.
select campaign, reason, count(*) as messages
from message
where planned_on = $as_of and state = 'suppressed' and reason is not null
group by campaign, reason
order by campaign, reason
