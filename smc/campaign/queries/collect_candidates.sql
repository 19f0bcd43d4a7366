-- Steps that have a channel ask for a message.
insert into candidate
select entry_key, campaign, kind, version, customer_key, arm, step, channel, argument as template
from moved
where channel is not null
