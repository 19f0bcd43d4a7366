-- Messages of a day by variant of their mailing.
select
    m.campaign as mailing, v.variant,
    count(case when m.state <> 'suppressed' then 1 end) as messages,
    count(case when m.state = 'suppressed' then 1 end) as suppressed
from message as m
join (
    select
        unnest($campaigns::varchar[]) as campaign,
        unnest($versions::integer[]) as version,
        unnest($steps::integer[]) as step,
        unnest($variants::varchar[]) as variant
) as v on v.campaign = m.campaign and v.version = m.version and v.step = m.step
where m.planned_on = $as_of
group by m.campaign, m.version, v.step, v.variant
order by m.campaign, m.version, v.step
