-- The fields of the customer are those he had, but for the ones that are set.
update customer as c
set custom = map_concat(coalesce(c.custom, map {}), n.fields)
from (
    select customer_key, map(list(field order by field), list(value order by field)) as fields
    from field_news
    where nth = 1
    group by customer_key
) as n
where n.customer_key = c.customer_key
