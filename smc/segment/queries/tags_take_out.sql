-- Tags that campaigns of earlier days took away. Of several changes the last day counts, and on it taking away.
delete from tag_member as t
using (
    select customer_key, tag, added
    from tag_change
    where changed_on < $as_of
    qualify row_number() over (partition by customer_key, tag order by changed_on desc, added) = 1
) as c
where c.customer_key = t.customer_key and c.tag = t.tag and not c.added
