-- The list of codes says that they are over.
update promocode as p
set valid_to = $last
from code_state as s
where s.pool = p.pool and s.code = p.code and list_contains($states::varchar[], s.state)
