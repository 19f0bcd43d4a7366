-- Kinds of rejects of the last load of each feed, those that the loads before it did not have first. Numbers within a
-- reason do not make it another kind.
select
    l.feed, r.field, regexp_replace(r.reason, '[0-9]+(, [0-9]+)*(, …)?', '…', 'g') as kind,
    count(distinct r.line) filter (where l.place = 1) as rows,
    count(distinct (l.file_key, r.line)) filter (where l.place > 1) as before,
    max(l.before) > 0 and count(*) filter (where l.place > 1) = 0 as new,
    max(l.name) filter (where l.place = 1) as file, min(r.line) filter (where l.place = 1) as line
from reject as r
join smc_last_load as l on l.file_key = r.file_key
group by l.feed, r.field, kind
having count(*) filter (where l.place = 1) > 0
order by new desc, rows desc, l.feed, r.field, kind;
