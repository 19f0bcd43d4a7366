-- Who finds the poll closed or has taken part, where the campaign says what happens then.
insert into decided
select s.entry_key, 'otherwise' as label, null as why
from standing as s
join way as w
    on w.campaign = s.campaign and w.version = s.version and w.step = s.step and w.label = 'otherwise'
left join closed_poll as c on c.poll = s.argument
left join poll_taken as t on t.poll = s.argument and t.customer_key = s.customer_key
where s.action = 'poll' and s.arm <> 'control' and (c.poll is not null or t.poll is not null)
