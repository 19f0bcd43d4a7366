-- Who would be messaged tonight, by channel, with those whose messages missed their time.
create or replace temp table recipient as
select customer_key, channel from candidate
union
select customer_key, channel
from message
where state in ('planned', 'queued') and closes_at <= $now and expires_at > $now
