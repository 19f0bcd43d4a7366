-- Steps that are no messages ask for what they do.
insert into effect
select
    entry_key, campaign, version, customer_key, arm, step, action as kind,
    unnest(case when action in ('attribute', 'notify') then string_split(argument, ',') else [argument] end) as target,
    detail
from moved
where action in ('points', 'bonuses', 'attribute', 'call', 'notify', 'webhook', 'poll')
