-- Customers who registered on the day.
insert into customer
select * from later_customer
where cast(registered_at as date) = $day
