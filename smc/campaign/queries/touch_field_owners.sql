-- Metrics and segments look at them anew.
insert into customer_touched
select distinct customer_key from field_news
