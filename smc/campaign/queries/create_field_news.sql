-- Fields to set, of earlier days and campaigns that are switched on: of several values of one field the last one holds.
-- A second run of the night sees none.
create or replace temp table field_news as
select task_key, customer_key, field, value,
    row_number() over (partition by customer_key, field order by planned_on desc, step desc, task_key desc) as nth
from (
    select
        t.task_key, t.customer_key, t.target as field, t.planned_on, t.step,
        json_extract_string(t.detail, concat('$.set."', t.target, '"')) as value
    from task as t
    where t.kind = 'attribute' and t.state = 'planned' and t.planned_on < $as_of
        and list_contains($active::varchar[], t.campaign)
) as wanted
