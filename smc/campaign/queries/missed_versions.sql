-- Versions with messages, which may be unknown, or tasks on their way.
select v.campaign, v.version, v.kind, v.spec, 1 as steps
from campaign_version as v
join (
    select campaign, version from message where state in ('planned', 'queued', 'unknown')
    union
    select campaign, version from task where state = 'planned' or (state = 'handed over' and batch is not null)
) as m on m.campaign = v.campaign and m.version = v.version
order by v.campaign, v.version
