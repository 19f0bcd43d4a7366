-- The history of scores ends before the first day.
delete from rfm_change
where as_of >= cast($since as date) - 1
