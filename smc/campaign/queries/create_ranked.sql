-- The order in which a customer's candidates ask for room under the caps: priority, then a fixed order.
create or replace temp table ranked as
select
    message_key, customer_key, channel, category, campaign, due_at, zone,
    row_number() over (partition by customer_key order by priority desc, campaign, step, channel, message_key) as turn
from gated
where reason is null
