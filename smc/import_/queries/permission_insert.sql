-- The state of every permission that has a new row. The newest "yes" or "no" holds, of one instant the "no". "unknown"
-- takes a "yes" back that is not newer; a "no" is lifted by a newer "yes" alone. Of equal rows the one that came last.
insert into subscription (customer_key, channel, category, state, changed_at, source, wording)
with newest as (
    select l.customer_key, l.channel, l.category, l.state, l.changed_at, l.source, l.wording
    from subscription_log as l
    semi join smc_new as n on n.customer_key = l.customer_key and n.channel = l.channel and n.category = l.category
    qualify row_number() over (
        partition by l.customer_key, l.channel, l.category, l.state = 'unknown'
        order by l.changed_at desc, l.state = 'no' desc, l.rowid desc
    ) = 1
)
select customer_key, channel, category, state, changed_at, source, wording
from newest
qualify row_number() over (
    partition by customer_key, channel, category
    order by state = 'no' desc, changed_at desc, state = 'unknown' desc
) = 1;
