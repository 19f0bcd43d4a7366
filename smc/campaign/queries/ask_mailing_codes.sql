-- Recipients of mailings ask for their codes when nothing is against their messages any more, so that none is given in
-- vain. The code lies just before the message.
create or replace temp table standing as
select g.entry_key, g.campaign, g.step - 1 as step, g.customer_key, g.arm, 'promocode' as action, c.pool as argument, c.detail,
    g.due_at
from gated as g
join mailing_code as c on c.campaign = g.campaign and c.version = g.version and c.step = g.step
where g.reason is null and not g.again
