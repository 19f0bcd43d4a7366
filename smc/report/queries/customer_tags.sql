-- Lists that hold one customer.
select tag, added_on, source
from tag_member
where customer_key = $key
order by tag
