-- First and last instant of the web events that are new or different now, as they are and as they were.
select min(occurred_at), max(occurred_at)
from (
    select occurred_at from smc_changed
    union all
    select o.occurred_at from smc_old as o semi join smc_changed as n on n.event_id = o.event_id
);
