-- Versions that customers are inside of, with the furthest step that anybody stands at.
select v.campaign, v.version, v.kind, v.spec, max(e.step) as steps
from campaign_version as v
join entry as e on e.campaign = v.campaign and e.version = v.version
where e.exited_on is null
group by v.campaign, v.version, v.kind, v.spec
order by v.campaign, v.version
