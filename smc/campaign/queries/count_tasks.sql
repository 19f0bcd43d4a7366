-- Tasks of a run that are to be done.
select count(*) from task where planned_on = $as_of and state <> 'suppressed'
