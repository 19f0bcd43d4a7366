-- Messages of one mailing that go or have gone, by the step of the text that sends them.
select version, step, count(*) as messages
from message
where kind = 'mailing' and campaign = $campaign and state <> 'suppressed'
group by version, step
order by version, step
