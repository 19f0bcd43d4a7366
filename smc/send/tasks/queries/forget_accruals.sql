-- What was stopped before it left was not given.
delete from accrual
where exists (select 1 from task as t where t.task_key = accrual.task_key and t.state = 'suppressed')
