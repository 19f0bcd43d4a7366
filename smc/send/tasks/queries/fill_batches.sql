-- Every task goes with one batch.
update task as t
set state = 'handed over', batch = f.batch
from fresh_batch as f
where t.state = 'planned' and list_contains($kinds::varchar[], t.kind)
    and (t.text is not null or f.kind = 'accruals')
    and (f.kind = 'accruals' or f.target = t.target)
    and (f.campaign is null or (f.campaign = t.campaign and f.step = t.step))
