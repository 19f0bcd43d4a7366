-- What a run wants done beside messages, and what of it is not to be done and why.
select campaign, kind, target, count(*) filter (where state <> 'suppressed') as planned, reason, count(reason) as left_out
from task
where planned_on = $as_of
group by campaign, kind, target, reason
order by campaign, kind, target, reason
