-- How much points and bonuses are: what the step says, or its share of the total that the trigger knows.
create or replace temp table amount as
select
    f.entry_key, f.step,
    coalesce(
        try_cast(json_extract_string(f.detail, '$.amount') as decimal(18, 2)),
        try_cast(
            try_cast(json_extract_string(f.detail, '$.percent') as decimal(9, 4))
                * try_cast(json_extract_string(e.context, '$.total') as decimal(18, 2)) / 100
            as decimal(18, 2)
        )
    ) as amount,
    try_cast(json_extract_string(f.detail, '$.lifetime') as integer) as lifetime
from effect as f
join entry as e on e.entry_key = f.entry_key
where f.kind in ('points', 'bonuses')
