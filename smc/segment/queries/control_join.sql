-- Who is drawn and not in the group yet. Keys are given in the order in which customers come, so new ones have high keys.
insert into control_member by name
select i.customer_key, $name as control_group, $as_of as starts_on
from customer_ident as i
left join control_member as m
    on m.customer_key = i.customer_key and m.control_group = $name and coalesce(m.ends_on >= $as_of, true)
where i.customer_key > $after and m.customer_key is null and bucket_of($salt, i.customer_id) < $buckets
