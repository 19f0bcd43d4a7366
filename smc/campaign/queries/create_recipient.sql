-- Who would be messaged tonight, by channel, with those whose messages missed their time, and those whose messages by
-- other channels than e-mail are on their way: they may have no address any more.
create or replace temp table recipient as
select customer_key, channel from candidate
union
select customer_key, channel
from message
where state in ('planned', 'queued') and ((closes_at <= $now and expires_at > $now) or channel <> 'email')
