-- The lines of a notice.
select text from task where batch = $batch order by task_key
