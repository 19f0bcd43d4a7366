-- Files that lost all of their rows do not leave.
update task_batch
set state = 'failed', reason = 'suppressed'
where (state = 'made' or (state = 'leaving' and kind = 'calls')) and kind in ('calls', 'accruals') and not exists (
    select 1 from task as t where t.batch = task_batch.batch and t.state <> 'suppressed'
)
