-- Stays in named lists that campaigns of earlier days ended; the next day is the first one without the tag.
insert into tag_past
select t.customer_key, t.tag, t.added_on, c.changed_on + 1 as removed_on, t.source, 'campaign' as removed_by
from tag_member as t
join (
    select customer_key, tag, added, changed_on
    from tag_change
    where changed_on < $as_of
    qualify row_number() over (partition by customer_key, tag order by changed_on desc, added) = 1
) as c on c.customer_key = t.customer_key and c.tag = t.tag
where not c.added
