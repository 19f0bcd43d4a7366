-- Who of those inside, or with messages or tasks on their way (or unknown), is in a control group of his campaign by now,
-- though he may have come into it after he entered: the global group, or the list that the campaign spares.
create or replace temp table control_now as
select x.campaign, x.version, x.customer_key,
    case when v.held_back and g.customer_key is not null then 'global_control' else 'control_group' end as reason
from (
    select campaign, version, customer_key from entry where exited_on is null
    union
    select campaign, version, customer_key from message where state in ('planned', 'queued', 'unknown')
    union
    select campaign, version, customer_key from task where state = 'planned' or (state = 'handed over' and batch is not null)
) as x
join version_setting as v on v.campaign = x.campaign and v.version = x.version
left join global_member as g on g.customer_key = x.customer_key
left join tag_member as t on t.customer_key = x.customer_key and t.tag = v.control_tag
where (v.held_back and g.customer_key is not null) or t.customer_key is not null
