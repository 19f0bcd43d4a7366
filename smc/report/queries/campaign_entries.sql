-- Entries of one campaign by day and arm.
select
    entered_on,
    sum(case when arm = 'control' then 0 else 1 end) as test,
    sum(case when arm = 'control' then 1 else 0 end) as control
from entry
where kind = $kind and campaign = $campaign and entered_on <= $as_of
group by entered_on
order by entered_on
