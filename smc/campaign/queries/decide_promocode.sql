-- Who found no code left, where the campaign says what happens then.
insert into decided
select s.entry_key, 'otherwise' as label, null as why
from standing as s
join way as w
    on w.campaign = s.campaign and w.version = s.version and w.step = s.step and w.label = 'otherwise'
left join promocode_issue as i on i.entry_key = s.entry_key and i.step = s.step and i.issued_on = $as_of
where s.action = 'promocode' and s.arm <> 'control' and i.entry_key is null
