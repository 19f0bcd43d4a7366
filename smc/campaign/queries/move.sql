-- One step of everyone who is due: where he goes from here. Only a filter can refuse, and a missing member is refused.
-- A filter of an old text that can no longer be evaluated lets nobody on: its customers leave.
create or replace temp table moved as
select
    entry_key, campaign, kind, version, customer_key, arm, step, action, argument, days, passed,
    case when passed then next_step when not broken then else_step end as next_step,
    case when passed then next_reason when broken then 'filter no longer valid' else else_reason end as reason
from (
    select
        w.*, p.action, p.argument, p.days, p.next_step, p.next_reason, p.else_step, p.else_reason,
        p.action <> 'filter' or r.customer_key is not null as passed,
        b.rule is not null as broken
    from walker as w
    join program as p on p.campaign = w.campaign and p.version = w.version and p.step = w.step
    left join rule_member as r on p.action = 'filter' and r.rule = p.argument and r.customer_key = w.customer_key
    left join rule_problem as b on p.action = 'filter' and b.rule = p.argument
) as standing
