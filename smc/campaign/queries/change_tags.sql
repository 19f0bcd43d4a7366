-- Tag steps ask for a change; it is made before the segments of a later day, so that a second run of the night sees none.
insert into tag_change
select customer_key, argument as tag, action = 'tag' as added, $as_of as changed_on
from moved
where action in ('tag', 'untag')
