-- Who is named, and who has an address that is named: rules look tonight whether they reach him.
insert into segment_touched
select customer_key from suppression_wanted where customer_key is not null
union
select c.customer_key from customer as c join suppression_wanted as w on w.address in (lower(trim(c.email)), c.phone)
union
select p.customer_key
from contact_point as p
join suppression_wanted as w on w.address = p.address
where p.customer_key is not null
