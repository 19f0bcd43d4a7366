-- Versions with messages on their way.
select distinct v.campaign, v.version, v.kind, v.spec, 1 as steps
from campaign_version as v
join message as m on m.campaign = v.campaign and m.version = v.version
where m.state in ('planned', 'queued')
order by v.campaign, v.version
