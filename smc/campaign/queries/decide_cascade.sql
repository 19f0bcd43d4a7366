-- Who was asked for a message behind which there is another one waits; everybody else goes on.
insert into decided
select entry_key, 'waiting' as label, null as why
from next_try
where waits
