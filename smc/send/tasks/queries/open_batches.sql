-- Batches that have not left yet, those of killed runs too.
select batch, kind, target, name, made_on, number
from task_batch
where state in ('made', 'leaving') and kind = $kind
order by made_on, number, target, name
