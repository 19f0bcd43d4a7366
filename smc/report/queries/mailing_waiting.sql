-- Messages of mailings that have not left, as far as the last night knows: not handed over yet, and in the outbox.
select
    campaign,
    sum(case when state = 'planned' and arm <> 'control' then 1 else 0 end) as planned,
    sum(case when state = 'queued' then 1 else 0 end) as queued
from message
where kind = 'mailing' and state in ('planned', 'queued')
group by campaign
