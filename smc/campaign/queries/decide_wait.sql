-- Who comes to a wait for a row begins to wait; who has waited and was not woken has waited in vain.
insert into decided
select s.entry_key,
    case when e.waiting_since is null or e.step <> s.step then 'waiting' else 'otherwise' end as label, null as why
from standing as s
join entry as e on e.entry_key = s.entry_key
left join woken as w on w.entry_key = s.entry_key
where s.action = 'wait_for' and (e.waiting_since is null or e.step <> s.step or w.entry_key is null)
