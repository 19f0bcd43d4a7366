-- Whether each recipient can be reached in his channel: whether he has an address, and one that may be used.
create or replace temp table reach as
select
    customer_key, channel, max(case when good then 1 else 0 end) as good, max(case when usable then 1 else 0 end) as usable
from place
group by customer_key, channel
