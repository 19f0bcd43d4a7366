-- What one run planned, per campaign and mailing.
select
    c.campaign, c.kind,
    coalesce(e.entered, 0) as entered,
    coalesce(e.control, 0) as control,
    coalesce(m.messages, 0) as messages,
    coalesce(m.suppressed, 0) as suppressed
from (select campaign, max(kind) as kind from campaign_version group by campaign) as c
left join (
    select campaign, count(*) as entered, count(*) filter (where arm = 'control') as control
    from entry
    where entered_on = $as_of
    group by campaign
) as e on e.campaign = c.campaign
left join (
    select
        campaign,
        count(*) filter (where state <> 'suppressed' or reason is null) as messages,
        count(*) filter (where state = 'suppressed' and reason is not null) as suppressed
    from message
    where planned_on = $as_of
    group by campaign
) as m on m.campaign = c.campaign
order by c.kind, c.campaign
