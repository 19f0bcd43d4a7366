-- Categories that are above themselves, or too deep.
select distinct i.category_id
from smc_tree as t
join category_ident as i on i.category_key = t.category_key
where t.depth >= $deepest or (t.depth > 0 and t.category_key = t.ancestor_key)
order by i.category_id;
