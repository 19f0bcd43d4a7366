-- Metrics and segments look at those anew whose messages stop_exited takes back.
insert into customer_touched
select distinct m.customer_key
from message as m
join entry as e on e.entry_key = m.entry_key
where m.state in ('planned', 'queued') and e.exited_on is not null
    and e.exit_reason in ('goal reached', 'exit condition', 'exit condition no longer valid', 'campaign removed')
