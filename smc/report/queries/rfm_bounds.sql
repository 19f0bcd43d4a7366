-- Boundaries of the scores: recency at most so many days, the others at least this; of the last day that has them.
with newest as (
    select max(as_of) as as_of from rfm_boundary where as_of <= $as_of
)
select b.as_of, b.measure, b.score, b.bound
from rfm_boundary b
join newest n on n.as_of = b.as_of
order by b.measure, b.score
