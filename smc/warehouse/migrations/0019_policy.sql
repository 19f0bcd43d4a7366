-- Who may be messaged, when, and how much of it.

-- Address or customer that is not messaged, whatever was permitted; rows that were taken back stay
create table suppression (
    suppression_no bigint not null, -- our number, in the order in which they came
    channel varchar,                -- email, sms, …; null: every channel
    address varchar,                -- e-mail in lower case, phone in E.164, token or id; null: the customer below
    customer_key bigint,            -- who; null: the address above, whoever has it
    reason varchar not null,        -- why, in words
    added_by varchar not null,      -- who said so
    added_at timestamptz not null,  -- when (UTC)
    removed_by varchar,             -- who took it back; null: it holds
    removed_at timestamptz          -- when (UTC)
);

alter table message add column closes_at timestamptz; -- end of the time it may go out in (UTC); null: it has none
alter table message add column lost_to varchar; -- campaigns and mailings that took the room under a cap, with commas

update message set reason = 'policy' where reason = 'cap';

create view blocked_message as
select g.message_key
from message as g
join suppression as s on s.customer_key = g.customer_key
where s.removed_at is null and coalesce(s.channel, g.channel) = g.channel and g.state in ('planned', 'queued')
union
select g.message_key
from message as g
join customer as c on c.customer_key = g.customer_key
join suppression as s on s.address = case when g.channel = 'email' then lower(trim(c.email)) else c.phone end
where s.removed_at is null and coalesce(s.channel, g.channel) = g.channel and g.state in ('planned', 'queued')
    and g.channel in ('email', 'sms', 'viber');
comment on view blocked_message is 'Messages on their way to somebody who has come onto the suppression list';
comment on column blocked_message.message_key is 'joins message';
