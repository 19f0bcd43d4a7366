-- The day of the last import.
select max(r.as_of)
from run as r
join run_stage as s on s.run_id = r.run_id
where s.stage = 'import';
