-- Codes whose use is another one than the last run knew: used for the first time, by somebody else than his receipt said,
-- or no more since a sale was cancelled.
create or replace temp table code_news as
select u.pool, u.code, u.holder, u.used_on, u.recognised, coalesce(u.buyer, u.holder) as buyer
from code_used as u
join code_looked as i on i.pool = u.pool and i.code = u.code
left join promocode_seen as s on s.pool = u.pool and s.code = u.code
where i.used_on is distinct from u.used_on or i.recognised <> u.recognised
    or (u.recognised and s.customer_key is distinct from coalesce(u.buyer, u.holder))
