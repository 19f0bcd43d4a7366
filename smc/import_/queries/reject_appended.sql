-- A feed in mode append adds rows only: a known key with other values is refused, not changed.
insert into smc_reject
select line, $field, null, null, 'a row with this key is there already with other values; the feed only appends'
from smc_new
where known and not same;
