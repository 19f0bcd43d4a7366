-- What one run planned, per campaign and mailing.
select
    c.campaign, c.kind,
    coalesce(e.entered, 0) as entered,
    coalesce(e.control, 0) as control,
    coalesce(m.messages, 0) as messages,
    coalesce(m.suppressed, 0) as suppressed,
    m.reasons
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
        sum(n) filter (where reason is null) as messages,
        sum(n) filter (where reason is not null) as suppressed,
        string_agg(concat(reason, ' ', n), ', ' order by reason) filter (where reason is not null) as reasons
    from (
        select campaign, case when state = 'suppressed' then reason end as reason, count(*) as n
        from message
        where planned_on = $as_of
        group by all
    ) as counted
    group by campaign
) as m on m.campaign = c.campaign
order by c.kind, c.campaign
