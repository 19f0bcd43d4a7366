-- Messages of one campaign or mailing by arm, state and reason.
select
    arm, state, reason, count(*) as messages, count(distinct customer_key) as customers,
    cast(count(*) as double) / nullif(cast(sum(count(*)) over () as double), 0) as share
from message
where kind = $kind and campaign = $campaign and planned_on <= $as_of
group by arm, state, reason
order by arm desc, messages desc, state, reason
