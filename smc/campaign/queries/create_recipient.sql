-- Who would be messaged tonight, by channel.
create or replace temp table recipient as
select distinct customer_key, channel from candidate
