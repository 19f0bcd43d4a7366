-- Who found no room.
insert into decided
select s.entry_key, 'otherwise' as label, null as why
from standing as s
left join limit_use as l on l.entry_key = s.entry_key and l.step = s.step
where s.action = 'limit' and l.entry_key is null
