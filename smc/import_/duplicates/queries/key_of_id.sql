-- The customer that an id leads to.
select coalesce(a.survivor_key, i.customer_key)
from customer_ident as i left join customer_alias as a on a.merged_key = i.customer_key
where i.customer_id = $id;
