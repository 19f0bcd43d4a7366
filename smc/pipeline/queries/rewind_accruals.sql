-- Points and bonuses of those tasks.
delete from accrual
where accrued_on >= $since and not exists (select 1 from task as t where t.task_key = accrual.task_key)
