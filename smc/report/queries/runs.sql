-- The last twenty runs.
select r.run_id, r.command, r.as_of, r.started_at, r.ended_at, r.state, r.problem, coalesce(sum(s.seconds), 0) as seconds
from run r
left join run_stage s on s.run_id = r.run_id
where r.as_of <= $as_of
group by r.run_id, r.command, r.as_of, r.started_at, r.ended_at, r.state, r.problem
order by r.started_at desc, r.run_id desc
limit 20
