-- Who is inside and was drawn into a control group by a step that has no other way for it: he walks on as a control
-- customer. Arms of splits may be called like that too.
create or replace temp table held_back as
select distinct e.entry_key
from entry as e
join program as p on p.campaign = e.campaign and p.version = e.version and p.action = 'control'
join way as w on w.campaign = p.campaign and w.version = p.version and w.step = p.step and w.label = 'control'
join step_log as l on l.entry_key = e.entry_key and l.step = p.step and l.outcome = 'control'
where e.exited_on is null
