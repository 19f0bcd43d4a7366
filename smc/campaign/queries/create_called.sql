-- Who would be called tonight.
create or replace temp table recipient as
select distinct customer_key, 'call' as channel
from effect
where kind = 'call'
