-- Days of that history.
delete from rfm_day
where as_of >= cast($since as date) - 1
