-- Stages of the last finished or failed run, and what they did.
with newest as (
    select run_id, row_number() over (order by started_at desc, run_id desc) as place
    from run
    where as_of <= $as_of and run_id in (select run_id from run_stage)
)
select s.stage, s.seconds, s.summary
from run_stage s
join newest n on n.run_id = s.run_id
where n.place = 1
