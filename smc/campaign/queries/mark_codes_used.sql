-- What became of the codes that were given.
update promocode_issue as i
set used_on = n.used_on, recognised = n.recognised
from code_news as n
where n.pool = i.pool and n.code = i.code
