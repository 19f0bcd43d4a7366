-- Boundaries that gave the scores shown: recency at most so many days, the others at least this.
select as_of, measure, score, bound from rfm_seen_bound order by measure, score
