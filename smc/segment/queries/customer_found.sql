-- The customer that an id leads to (the survivor, when he was merged), and whether there is a profile.
select i.customer_key, i.customer_id, c.customer_key is not null as has_profile
from customer_ident as given
left join customer_alias as a on a.merged_key = given.customer_key
join customer_ident as i on i.customer_key = coalesce(a.survivor_key, given.customer_key)
left join customer as c on c.customer_key = i.customer_key
where given.customer_id = $id
