-- Those that the group does not have yet.
insert into promocode (code, pool, status)
select g.code, $pool as pool, 'active' as status
from code_given as g
left join (select distinct lower(code) as code from promocode where pool = $pool) as k on k.code = lower(g.code)
where k.code is null
