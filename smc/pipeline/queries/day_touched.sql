-- They, and those whose permissions changed, are looked at by the segments.
insert into segment_touched
select customer_key from later_customer where cast(registered_at as date) = $day
union
select customer_key from subscription_log where cast(changed_at as date) = $day
