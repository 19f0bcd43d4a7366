-- The newest version of every campaign, and the day since when it is switched on without a gap; null while it is off.
select v.campaign, v.version, v.sha256, s.since
from campaign_version as v
join (
    select campaign, max(version) as version
    from campaign_version
    group by campaign
) as f on f.campaign = v.campaign and f.version = v.version
left join switched_on as s on s.campaign = v.campaign
