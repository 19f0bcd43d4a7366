-- Who has messages on their way, or unknown, by other channels than e-mail, whose address is a column of the customer.
create or replace temp table recipient as
select distinct customer_key, channel
from message
where state in ('planned', 'queued', 'unknown') and channel <> 'email' and arm <> 'control'
