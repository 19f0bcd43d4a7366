-- Metrics and segments look at those anew whose codes were used.
insert into customer_touched
select buyer from code_news
union
select holder from code_news
