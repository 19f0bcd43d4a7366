-- Until then they are not there.
delete from customer
where cast(registered_at as date) >= $since
