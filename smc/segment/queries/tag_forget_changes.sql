-- What a campaign had changed before a person did is not applied behind him.
delete from tag_change as c
using tag_found as f
where f.customer_key = c.customer_key and f.tag = c.tag and c.changed_on <= $as_of
