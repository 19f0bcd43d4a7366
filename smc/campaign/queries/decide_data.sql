-- Who is refused by the data of his trigger, or by a filter on them that can no longer be evaluated.
insert into decided
select t.entry_key, case when t.passed is not null then 'otherwise' end as label,
    case when t.passed is null then 'filter no longer valid' end as why
from tested as t
left join decided as d on d.entry_key = t.entry_key
where t.passed is distinct from true and d.entry_key is null
