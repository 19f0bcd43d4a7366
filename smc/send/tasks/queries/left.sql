-- What waits: posts to be tried again, and batches that could not leave.
select
    (select count(*) from task where state = 'planned' and kind <> 'attribute'),
    (select count(*) from task_batch where state = 'made')
