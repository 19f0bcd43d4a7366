-- How many codes of each group steps and mailings of a run asked for, and how many they got; repeated ones are no new
-- codes.
select pool, count(*) filter (where lacking or not repeated) as needed, count(*) filter (where not repeated) as given
from (
    select p.argument as pool, l.outcome = 'no code' as lacking, i.repeated
    from step_log as l
    join entry as e on e.entry_key = l.entry_key
    join program as p
        on p.campaign = e.campaign and p.version = e.version and p.step = l.step and p.action = 'promocode'
    left join promocode_issue as i on i.entry_key = l.entry_key and i.step = l.step and i.issued_on = $as_of
    where l.done_on = $as_of and l.outcome <> 'held back'
    union all
    select c.pool, i.entry_key is null as lacking, i.repeated
    from message as m
    join mailing_code as c on c.campaign = m.campaign and c.version = m.version and c.step = m.step
    left join promocode_issue as i on i.entry_key = m.entry_key and i.step = m.step - 1
    where m.planned_on = $as_of and (i.entry_key is not null or m.reason = 'no_promocode')
) as asked
group by pool
order by pool
