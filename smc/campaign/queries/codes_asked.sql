-- How many codes of each group the steps of a run asked for, and how many they got; repeated ones are no new codes.
select
    p.argument as pool,
    count(*) filter (where l.outcome = 'no code' or not i.repeated) as needed,
    count(*) filter (where not i.repeated) as given
from step_log as l
join entry as e on e.entry_key = l.entry_key
join program as p
    on p.campaign = e.campaign and p.version = e.version and p.step = l.step and p.action = 'promocode'
left join promocode_issue as i on i.entry_key = l.entry_key and i.step = l.step
where l.done_on = $as_of and l.outcome <> 'held back'
group by p.argument
order by p.argument
