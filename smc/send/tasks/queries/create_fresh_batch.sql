-- What goes together now: all accruals, the calls of a list, the lines of a notice; its number counts within the day.
create or replace temp table fresh_batch as
select
    key_of([$kind, w.target, w.name, cast($as_of as varchar), cast(1 + coalesce(max(b.number), 0) as varchar)]) as batch,
    $kind as kind, w.target, w.name, w.campaign, w.step, 1 + coalesce(max(b.number), 0) as number
from (
    select distinct
        case when $kind = 'accruals' then 'accruals' else target end as target,
        case $kind
            when 'accruals' then 'accruals'
            when 'calls' then 'calls_' || target
            else campaign || ', step ' || step
        end as name,
        case when $kind = 'notices' then campaign end as campaign,
        case when $kind = 'notices' then step end as step
    from task
    where state = 'planned' and list_contains($kinds::varchar[], kind) and (text is not null or $kind = 'accruals')
) as w
left join task_batch as b on b.kind = $kind and b.target = w.target and b.name = w.name and b.made_on = $as_of
group by w.target, w.name, w.campaign, w.step
