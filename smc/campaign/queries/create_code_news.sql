-- Codes whose use is another one than the last run knew: used for the first time, or no more since a sale was cancelled.
create or replace temp table code_news as
select distinct
    u.pool, u.code, u.holder, u.used_on, u.recognised, coalesce(u.buyer, u.holder) as buyer,
    i.used_on as old_used_on, i.recognised as old_recognised
from code_used as u
join promocode_issue as i on i.pool = u.pool and i.code = u.code
where i.used_on is distinct from u.used_on or i.recognised <> u.recognised
