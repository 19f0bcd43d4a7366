-- Who is no member is refused. A filter of an old text that can no longer be evaluated lets nobody on.
insert into decided
select s.entry_key, case when b.rule is null then 'otherwise' end as label,
    case when b.rule is not null then 'filter no longer valid' end as why
from standing as s
left join rule_member as r on r.rule = s.argument and r.customer_key = s.customer_key
left join rule_problem as b on b.rule = s.argument
where s.action = 'filter' and s.argument <> '' and r.customer_key is null
