-- Metrics and segments look at those anew whose codes were used, or are used no more.
insert into customer_touched
select buyer from code_news
union
select holder from code_news
union
select s.customer_key from promocode_seen as s join code_news as n on n.pool = s.pool and n.code = s.code
