-- The state at the end of the day.
insert into subscription (customer_key, channel, category, state, changed_at, source, wording)
select customer_key, channel, category, state, changed_at, source, wording
from subscription_log
where cast(changed_at as date) = $day
qualify row_number() over (
    partition by customer_key, channel, category
    order by changed_at desc, case state when 'no' then 2 when 'unknown' then 1 else 0 end desc
) = 1
