-- What the steps say whose tasks need a text.
select distinct kind, detail
from task
where state = 'planned' and text is null and list_contains($kinds::varchar[], kind)
order by kind, detail
