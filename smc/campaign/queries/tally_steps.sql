-- Steps done on a day, per campaign and mailing.
select e.campaign, e.kind, count(*) as steps
from step_log as l
join entry as e on e.entry_key = l.entry_key
where l.done_on = $as_of
group by e.campaign, e.kind
