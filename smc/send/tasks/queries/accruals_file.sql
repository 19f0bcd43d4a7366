-- The rows of a file of accruals; the key is the same however often the file is written.
select
    t.task_key as "key", i.customer_id, k.kind, k.account, k.amount, k.accrued_on, k.expires_on, t.campaign
from task as t
inner join accrual as k on k.task_key = t.task_key
inner join customer_ident as i on i.customer_key = t.customer_key
where t.batch = $batch and t.state <> 'suppressed'
order by t.task_key
