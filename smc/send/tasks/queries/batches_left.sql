-- Files and notices that could not leave.
select count(*) from task_batch where state in ('made', 'leaving')
