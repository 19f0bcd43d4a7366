-- Campaigns or mailings that have run: versions, who entered, who is inside, what was planned for whom.
select
    v.campaign, v.versions, coalesce(e.entries, 0) as entries, coalesce(e.inside, 0) as inside,
    coalesce(e.reached_goal, 0) as reached_goal, coalesce(m.messages, 0) as messages, coalesce(m.suppressed, 0) as suppressed, e.last_entry
from (select campaign, count(*) as versions from campaign_version where kind = $kind group by campaign) as v
left join (
    select campaign, count(*) as entries, count(*) - count(exited_on) as inside, max(entered_on) as last_entry,
        count(goal_at) as reached_goal
    from entry
    where kind = $kind
    group by campaign
) as e on e.campaign = v.campaign
left join (
    select
        campaign,
        sum(case when state <> 'suppressed' then 1 else 0 end) as messages,
        sum(case when state = 'suppressed' then 1 else 0 end) as suppressed
    from message
    where kind = $kind
    group by campaign
) as m on m.campaign = v.campaign
order by v.campaign
