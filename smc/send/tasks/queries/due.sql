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
left join (
    -- the code that the entry got last before the step, if it can still be used
    select h.task_key, o.code, o.expires_on,
        row_number() over (partition by h.task_key order by o.step desc) as place
    from task as h
    inner join promocode_issue as o on o.entry_key = h.entry_key and o.step < h.step
    inner join promocode as r on r.pool = o.pool and r.code = o.code and r.status = 'active'
    where h.state = 'planned' and h.text is null and coalesce(o.expires_on >= $as_of, true)
) as q on q.task_key = t.task_key and q.place = 1
where t.state = 'planned' and t.text is null and t.kind in $kinds
order by t.task_key
