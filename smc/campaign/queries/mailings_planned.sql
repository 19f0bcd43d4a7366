-- Texts of the mailings of which messages were planned on a day.
select distinct v.campaign, v.version, v.kind, v.spec
from campaign_version as v
join message as m on m.campaign = v.campaign and m.version = v.version
where m.planned_on = $as_of and m.kind = 'mailing'
order by v.campaign, v.version
