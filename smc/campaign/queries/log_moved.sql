-- What happened to each entry at the step. Every step is visited once: programs have no loops.
insert into step_log
select
    entry_key, step, 1 as visit, $as_of as done_on,
    case
        when action = 'split' then label
        when action in ('filter', 'limit') then case when label = 'next' then 'passed' else 'refused' end
        when action = 'control' then case when label = 'next' then 'test' else 'control' end
        when channel is not null then 'messaged'
        when action in ('wait', 'wait_until') then 'waiting'
        when action = 'tag' then 'tagged'
        when action = 'untag' then 'untagged'
        else 'exited'
    end as outcome
from moved
