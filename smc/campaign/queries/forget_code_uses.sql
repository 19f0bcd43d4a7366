-- A use that was recognised and is none any more.
delete from promocode_seen as s
using code_news as n
where n.pool = s.pool and n.code = s.code
