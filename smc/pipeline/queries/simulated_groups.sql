-- Sizes of groups: customers by arm of each campaign, and stays by outcome of its draws.
select campaign, null as step, arm as "group", count(distinct customer_key) as customers
from entry
where entered_on between $since and $until and list_contains($names::varchar[], campaign)
group by campaign, arm
union all
select e.campaign, l.step, l.outcome, count(distinct e.customer_key)
from step_log as l
join entry as e on e.entry_key = l.entry_key
join (
    select unnest($campaigns::varchar[]) as campaign, unnest($steps::integer[]) as step
) as d on d.campaign = e.campaign and d.step = l.step
where l.done_on between $since and $until and e.entered_on >= $since
group by e.campaign, l.step, l.outcome
order by 1, 2 nulls first, 3
