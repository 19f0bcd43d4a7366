-- Whose stay something has ended before its end, with messages or calls of it that have not left, or may not have: he has
-- bought, say. Who only came to the end of his steps keeps what waits.
create or replace temp table let_out as
select e.entry_key, case when e.exit_reason = 'campaign removed' then 'campaign_off' else 'exited' end as reason
from entry as e
where e.exited_on is not null
    and e.exit_reason in ('goal reached', 'exit condition', 'exit condition no longer valid', 'campaign removed')
    and e.entry_key in (
        select entry_key from message where state in ('planned', 'queued', 'unknown')
        union all
        select entry_key from task where kind = 'call' and state in ('planned', 'handed over')
    )
