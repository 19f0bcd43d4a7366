-- Boundaries of that history.
delete from rfm_boundary
where as_of >= cast($since as date) - 1
