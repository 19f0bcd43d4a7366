-- Groups of which a run had no code for somebody, and for how many.
select p.argument, count(*)
from step_log as l
join entry as e on e.entry_key = l.entry_key and e.arm <> 'control'
join program as p
    on p.campaign = e.campaign and p.version = e.version and p.step = l.step and p.action = 'promocode'
where l.done_on = $as_of and l.outcome = 'no code'
group by p.argument
order by p.argument
