-- What a cascade asked for and was not sent in its time is not sent any more, for another channel is tried.
update message as m
set state = 'suppressed', reason = 'cascade'
from standing as s
join tried as t on t.entry_key = s.entry_key and t.step = s.step and not t.done
where s.action = 'cascade' and m.entry_key = s.entry_key and m.step = s.step and m.state in ('planned', 'queued')
