-- Codes of each group by what became of them, and how many of the free ones can be given.
select
    pool,
    count(*) as codes,
    count(*) filter (where state = 'free') as free,
    count(*) filter (where state = 'free' and lasts) as ready,
    count(*) filter (where state = 'issued') as issued,
    count(*) filter (where state = 'used') as used,
    count(*) filter (where state = 'expired') as expired,
    count(*) filter (where state = 'blocked') as blocked
from code_state
group by pool
