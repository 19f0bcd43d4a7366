-- Tasks that need a text of their own customer, with what it can be made of; columns of texts are added.
select
    t.task_key, t.kind, t.target, t.detail, t.campaign, t.step, t.planned_on, i.customer_id, e.context,
    q.code as promocode, q.expires_on as promocode_until, k.account, k.amount, k.expires_on
from task as t
inner join customer_ident as i on i.customer_key = t.customer_key
left join entry as e on e.entry_key = t.entry_key
left join accrual as k on k.task_key = t.task_key
left join customer as c on c.customer_key = t.customer_key
left join customer_metric as m on m.customer_key = t.customer_key
left join customer_activity as a on a.customer_key = t.customer_key
left join custom_metric as x on x.customer_key = t.customer_key
left join customer_prediction as p on p.customer_key = t.customer_key
left join $codes as q on q.message_key = t.task_key
where t.state = 'planned' and t.text is null and t.kind in $kinds
order by t.task_key
