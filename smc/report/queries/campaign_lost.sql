-- What took the room of messages that found a cap full, for one campaign or mailing.
select lost_to, count(*) as messages, count(distinct customer_key) as customers
from message
where kind = $kind and campaign = $campaign and planned_on <= $as_of and reason = 'policy' and lost_to is not null
group by lost_to
order by messages desc, lost_to
