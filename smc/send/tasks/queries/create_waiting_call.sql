-- Who waits for a call: on no list yet, or on one that has not left.
create or replace temp table recipient as
select distinct t.customer_key, 'call' as channel
from task as t
left join task_batch as b on b.batch = t.batch
where t.kind = 'call' and (t.state = 'planned' or b.state in ('made', 'leaving'))
