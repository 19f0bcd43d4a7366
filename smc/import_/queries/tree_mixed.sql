-- Categories below one of another classifier.
select i.category_id
from category as c
join category as above on above.category_key = c.parent_key
join category_ident as i on i.category_key = c.category_key
where c.classifier <> above.classifier
order by i.category_id;
