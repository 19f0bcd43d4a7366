-- E-mail steps ask for a message.
insert into candidate
select entry_key, campaign, kind, version, customer_key, arm, step, argument as template
from moved
where action = 'email'
