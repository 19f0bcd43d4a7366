-- Stays in named lists that a file ended.
insert into tag_past
select customer_key, tag, added_on, $as_of as removed_on, source, 'import' as removed_by
from smc_gone
