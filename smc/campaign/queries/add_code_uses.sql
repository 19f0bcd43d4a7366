-- Uses that receipts show stand apart from those that feeds report, so that neither takes the other away; rules and
-- metrics see both.
insert into promocode_seen (pool, code, customer_key, used_on)
select pool, code, buyer, used_on
from code_news
where recognised
