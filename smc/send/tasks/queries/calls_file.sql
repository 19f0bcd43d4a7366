-- The rows of a list of calls, the most urgent first.
select
    t.task_key as "key", i.customer_id, c.full_name, c.first_name, c.last_name, c.phone,
    cast(json_extract_string(t.detail, '$.priority') as integer) as priority, t.text as note, t.campaign,
    t.planned_on as day
from task as t
inner join customer_ident as i on i.customer_key = t.customer_key
left join customer as c on c.customer_key = t.customer_key
where t.batch = $batch and t.state <> 'suppressed'
order by priority, t.task_key
