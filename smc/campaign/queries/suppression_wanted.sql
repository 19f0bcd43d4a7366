-- What a person names; an id that was merged into another means the survivor.
create or replace temp table suppression_wanted as
select $channel::varchar as channel, unnest($addresses::varchar[]) as address, null::varchar as customer_id,
    null::bigint as customer_key
union all
select distinct $channel::varchar, null, w.customer_id, coalesce(a.survivor_key, i.customer_key)
from (select unnest($customers::varchar[]) as customer_id) as w
left join customer_ident as i on i.customer_id = w.customer_id
left join customer_alias as a on a.merged_key = i.customer_key
