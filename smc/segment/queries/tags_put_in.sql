-- Tags that campaigns of earlier days gave; they are seen from the next day on. Of several changes the last day counts,
-- and on it taking away.
insert into tag_member
select c.customer_key, c.tag, c.changed_on + 1 as added_on, 'campaign' as source
from (
    select customer_key, tag, added, changed_on
    from tag_change
    where changed_on < $as_of
    qualify row_number() over (partition by customer_key, tag order by changed_on desc, added) = 1
) as c
left join tag_member as t on t.customer_key = c.customer_key and t.tag = c.tag
where c.added and t.customer_key is null
