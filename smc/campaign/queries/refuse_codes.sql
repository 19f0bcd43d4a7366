-- Codes that cannot be taken: twice in the file, or another group's. Tills know no groups and mind no capitals.
select g.line, g.code, case when g.nth > 1 then 'it is there twice' else 'group ' || o.pool || ' has it' end as why
from (select *, row_number() over (partition by lower(code) order by line) as nth from code_given) as g
left join (select lower(code) as code, min(pool) as pool from promocode where pool <> $pool group by lower(code)) as o
    on o.code = lower(g.code)
where g.nth > 1 or o.code is not null
order by g.line
