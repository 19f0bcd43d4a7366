-- Cascades ask for messages.
insert into candidate
select entry_key, campaign, kind, version, customer_key, arm, step, channel, template
from next_try
