-- So do the codes that customers have.
update promocode_issue as i
set expires_on = $last
from code_state as s
where s.pool = i.pool and s.code = i.code and list_contains($states::varchar[], s.state)
