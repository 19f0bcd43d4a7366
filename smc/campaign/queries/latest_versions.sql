-- The newest version of every campaign, and the day the campaign was first seen.
select v.campaign, v.version, v.sha256, f.first_seen
from campaign_version as v
join (
    select campaign, max(version) as version, min(valid_from) as first_seen
    from campaign_version
    group by campaign
) as f on f.campaign = v.campaign and f.version = v.version
