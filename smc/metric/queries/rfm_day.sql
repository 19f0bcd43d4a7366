-- The day becomes part of the history. Redefined: what changed on it may come from rfm.yaml alone.
insert into rfm_day
select $as_of, $period, $customers, $changed, $definition,
    coalesce((select d.definition from rfm_day as d where d.as_of < $as_of order by d.as_of desc limit 1), '')
        <> $definition
