-- Metrics and segments look anew at customers whose messages are in another state now; metrics pass it on to segments.
insert into customer_touched
select distinct customer_key from message where message_key in (select unnest(cast($keys as varchar[])))
