-- Who is inside: per version and step of campaigns and mailings, with the earliest moment that is due.
select campaign, kind, version, step, count(*) as customers, min(due_at) as first_due
from entry
where exited_on is null
group by campaign, kind, version, step
order by campaign, version, step
