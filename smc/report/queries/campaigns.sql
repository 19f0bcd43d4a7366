-- Campaigns or mailings of smc: entries, messages, and the receipts attributed to them (see attribution).
with named as (
    select distinct campaign from campaign_version where kind = $kind
    union
    select distinct campaign from message where kind = $kind
), entered as (
    select
        campaign, count(*) as entries,
        sum(case when exited_on is null or exited_on > $as_of then 1 else 0 end) as inside
    from entry
    where kind = $kind and entered_on <= $as_of
    group by campaign
), written as (
    select
        campaign, count(*) as messages,
        sum(case when state in ('accepted', 'delivered') then 1 else 0 end) as accepted,
        sum(case when state = 'suppressed' and arm = 'test' then 1 else 0 end) as suppressed,
        sum(case when arm = 'control' then 1 else 0 end) as control,
        count(distinct case when state in ('accepted', 'delivered') then customer_key end) as recipients
    from message
    where kind = $kind and planned_on <= $as_of
    group by campaign
), earned as (
    select
        campaign,
        count(distinct case when status = 'paid' then customer_key end) as buyers,
        sum(case when status = 'paid' then 1 else 0 end) as receipts,
        sum(total) as turnover
    from attribution
    where kind = $kind
    group by campaign
)
select
    n.campaign,
    coalesce(i.entries, 0) as entries, coalesce(i.inside, 0) as inside,
    coalesce(m.messages, 0) as messages, coalesce(m.accepted, 0) as accepted,
    coalesce(m.suppressed, 0) as suppressed, coalesce(m.control, 0) as control,
    coalesce(m.recipients, 0) as recipients, coalesce(e.buyers, 0) as buyers,
    cast(coalesce(e.buyers, 0) as double) / nullif(cast(m.recipients as double), 0) as conversion,
    coalesce(e.receipts, 0) as receipts, coalesce(e.turnover, 0) as turnover,
    cast(coalesce(e.turnover, 0) as double) / nullif(cast(m.recipients as double), 0) as turnover_per_recipient
from named n
left join entered i on i.campaign = n.campaign
left join written m on m.campaign = n.campaign
left join earned e on e.campaign = n.campaign
order by n.campaign
