-- Categories that a text may mean, by id or by exact name; a category seen only on products has an id and no name.
select i.category_key, i.category_id, c.name
from category_ident i
left join category c using (category_key)
where list_contains($texts, i.category_id) or list_contains($texts, c.name)
order by i.category_id
