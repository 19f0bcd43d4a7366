-- Mailings that another system sent, and the receipts attributed to them (see attribution). "covered" says that
-- there are receipts for the whole window: otherwise the figures are too low.
with sent as (
    select mailing, count(*) as recipients, min(delivered_on) as first_day, max(delivered_on) as last_day
    from past_message
    where delivered_on <= $as_of
    group by mailing
), earned as (
    select
        campaign,
        count(distinct case when status = 'paid' then customer_key end) as buyers,
        sum(case when status = 'paid' then 1 else 0 end) as receipts,
        sum(total) as turnover
    from attribution
    where kind = 'past'
    group by campaign
), known as (
    select min(day) as first_day from receipt where status <> 'cancelled'
)
select
    coalesce(g.mailing, s.mailing) as mailing,
    coalesce(g.title, g.mailing, s.mailing) as title,
    g.channel, s.first_day as delivered_on, g.ends_on,
    coalesce(s.recipients, 0) as recipients,
    coalesce(e.buyers, 0) as buyers,
    cast(coalesce(e.buyers, 0) as double) / nullif(cast(s.recipients as double), 0) as conversion,
    coalesce(e.receipts, 0) as receipts,
    coalesce(e.turnover, 0) as turnover,
    cast(coalesce(e.turnover, 0) as double) / nullif(cast(s.recipients as double), 0) as turnover_per_recipient,
    coalesce(s.first_day >= k.first_day, false)
        and coalesce(
            date_diff('day', s.last_day, $as_of) >= $past_days - 1 or coalesce(g.ends_on <= $as_of, false), false
        ) as covered
from past_mailing g
full outer join sent s on s.mailing = g.mailing
left join earned e on e.campaign = coalesce(g.mailing, s.mailing)
cross join known k
order by delivered_on desc nulls last, mailing
