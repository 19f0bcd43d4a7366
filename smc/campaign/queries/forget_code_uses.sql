-- A use that was recognised and is none any more.
delete from promocode_use as u
using code_news as n
where n.old_recognised and n.pool = u.pool and n.code = u.code and n.old_used_on = u.used_on
