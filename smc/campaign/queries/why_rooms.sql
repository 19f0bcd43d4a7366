-- How many have entered campaigns that limit their entries, in the period that began on a day.
select e.campaign, count(*) as entries
from entry as e
join (
    select unnest($campaigns::varchar[]) as campaign, unnest($since::date[]) as since
) as l on l.campaign = e.campaign and e.entered_on >= l.since
group by e.campaign
