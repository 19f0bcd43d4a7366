-- Uses recognised from receipts stand beside those that feeds bring, for rules and metrics.
insert into promocode_use (code, pool, customer_key, used_on)
select distinct code, pool, buyer, used_on
from code_news
where recognised
