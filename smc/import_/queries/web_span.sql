-- First and last instant of the web events that are new or different now or were there before.
select min(occurred_at), max(occurred_at)
from (
    select occurred_at from smc_changed
    union all
    select occurred_at from smc_old
);
