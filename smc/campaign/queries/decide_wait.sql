-- Who comes to a wait for a row begins to wait; who has waited and was not woken has waited in vain. For a row of an old
-- text that can no longer be looked for nobody has waited in vain: he leaves.
insert into decided
select s.entry_key,
    case
        when e.waiting_since is null or e.step <> s.step then 'waiting'
        when b.rule is null then 'otherwise'
    end as label,
    case when e.waiting_since is not null and e.step = s.step and b.rule is not null then 'row no longer valid' end as why
from standing as s
join entry as e on e.entry_key = s.entry_key
left join woken as w on w.entry_key = s.entry_key
left join rule_problem as b on b.rule = s.argument
where s.action = 'wait_for' and (e.waiting_since is null or e.step <> s.step or w.entry_key is null)
