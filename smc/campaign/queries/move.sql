-- One step of everyone who is due: where he goes from here. Only a filter can refuse, and a missing member is refused.
create or replace temp table moved as
select
    w.entry_key, w.campaign, w.kind, w.version, w.customer_key, w.arm, w.step, p.action, p.argument, p.days,
    p.action <> 'filter' or r.customer_key is not null as passed,
    case when p.action <> 'filter' or r.customer_key is not null then p.next_step else p.else_step end as next_step,
    case when p.action <> 'filter' or r.customer_key is not null then p.next_reason else p.else_reason end as reason
from walker as w
join program as p on p.campaign = w.campaign and p.version = w.version and p.step = w.step
left join rule_member as r on p.action = 'filter' and r.rule = p.argument and r.customer_key = w.customer_key
