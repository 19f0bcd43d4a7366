-- Where each score begins. A value's score is 1 plus the number of fifths of the customers who are strictly worse, so
-- equal values get equal scores; that is: above quantile_disc(0.2) is 2, above quantile_disc(0.4) is 3, and so on. Exact,
-- from a table of frequencies: only the distinct values are sorted. worth is greater for better, so recency is negated.
-- A score that nobody can get, as the fifths above it hold equal values, has no row.
insert into rfm_boundary (as_of, measure, score, bound, replay)
with counted as (
    select 'recency' as measure, cast(-recency as decimal(38, 2)) as worth, customers
    from (select recency, count(*) as customers from metric_rfm group by recency) as r
    union all
    select 'frequency', cast(frequency as decimal(38, 2)), customers
    from (select frequency, count(*) as customers from metric_rfm group by frequency) as f
    union all
    select 'monetary', cast(monetary as decimal(38, 2)), customers
    from (select monetary, count(*) as customers from metric_rfm group by monetary) as m
),
placed as (
    select
        measure,
        worth,
        sum(customers) over (partition by measure order by worth) - customers as worse,
        sum(customers) over (partition by measure) as everyone
    from counted
)
select $as_of, p.measure, s.score, case when p.measure = 'recency' then -min(p.worth) else min(p.worth) end, $replay
from placed as p
join (values (2), (3), (4), (5)) as s(score) on 5 * p.worse >= (s.score - 1) * p.everyone
group by p.measure, s.score
order by p.measure, s.score
