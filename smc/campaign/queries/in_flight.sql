-- Versions that customers are inside of.
select distinct v.campaign, v.version, v.kind, v.spec
from campaign_version as v
join entry as e on e.campaign = v.campaign and e.version = v.version
where e.exited_on is null
order by v.campaign, v.version
