-- Rows with an id that no customer has, in the order of the file.
select w.line, w.customer_id
from tag_wanted as w
anti join customer_ident as i on i.customer_id = w.customer_id
order by w.line
