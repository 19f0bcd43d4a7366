-- What happened to each entry at the step. Every step is visited once, for programs have no loops; but a wait for a row
-- is visited again when it ends, and a cascade as often as it tries.
insert into step_log
select
    m.entry_key, m.step,
    case
        when m.action = 'wait_for' and m.label <> 'waiting' then 2
        when m.action = 'cascade' then t.place + 1
        else 1
    end as visit,
    $as_of as done_on,
    case
        when m.action in ('split', 'contest') then m.label
        when m.action in ('filter', 'limit', 'wait_for', 'message_status') and m.label <> 'waiting'
            then case when m.label = 'next' then 'passed' else 'refused' end
        when m.action = 'control' then case when m.label = 'next' then 'test' else 'control' end
        when m.channel is not null then 'messaged'
        when m.action = 'cascade' and t.done then 'sent'
        when m.action = 'cascade' then 'tried'
        when m.action in ('wait', 'wait_until') or m.label = 'waiting' then 'waiting'
        when m.action = 'tag' then 'tagged'
        when m.action = 'untag' then 'untagged'
        when m.action = 'promocode' and m.arm = 'control' then 'held back'
        when m.action = 'promocode' then case when i.entry_key is not null then 'given' else 'no code' end
        when m.action = 'poll' and m.label = 'otherwise' then 'refused'
        when m.action = 'exit' then 'exited'
        else 'asked for'
    end as outcome
from moved as m
left join promocode_issue as i on i.entry_key = m.entry_key and i.step = m.step and i.issued_on = $as_of
left join tried as t on t.entry_key = m.entry_key and t.step = m.step
