-- Stays that began or ended on a day, per campaign and mailing.
select
    campaign, kind,
    count(*) filter (where entered_on = $as_of) as entered,
    count(*) filter (where entered_on = $as_of and arm = 'control') as control,
    count(*) filter (where exited_on = $as_of) as ended
from entry
where entered_on = $as_of or exited_on = $as_of
group by campaign, kind
