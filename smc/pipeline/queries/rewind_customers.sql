-- Customers who registered on the first day or later come on their day.
create or replace temp table later_customer as
select * from customer
where cast(registered_at as date) >= $since
