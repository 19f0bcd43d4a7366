-- What may or may not have left is looked at too before it is sent again.
drop view blocked_message;
create view blocked_message as
select g.message_key
from message as g
join suppression as s on s.customer_key = g.customer_key
where s.removed_at is null and coalesce(s.channel, g.channel) = g.channel
    and g.state in ('planned', 'queued', 'unknown')
union
select g.message_key
from message as g
join customer as c on c.customer_key = g.customer_key
join suppression as s on s.address = case when g.channel = 'email' then lower(trim(c.email)) else c.phone end
where s.removed_at is null and coalesce(s.channel, g.channel) = g.channel
    and g.state in ('planned', 'queued', 'unknown')
    and g.channel in ('email', 'sms', 'viber');
comment on view blocked_message is 'Messages on their way, or unknown, to somebody who has come onto the suppression list';
comment on column blocked_message.message_key is 'joins message';
