-- The ledger of what was given. The key is that of the task, so nothing is given twice.
insert into accrual
select
    t.task_key, t.customer_key, t.kind, t.target as account, a.amount, t.planned_on as accrued_on,
    t.planned_on + a.lifetime as expires_on
from task as t
join amount as a on a.entry_key = t.entry_key and a.step = t.step
left join accrual as k on k.task_key = t.task_key and k.accrued_on = $as_of
where t.kind in ('points', 'bonuses') and t.state = 'planned' and t.planned_on = $as_of and k.task_key is null
