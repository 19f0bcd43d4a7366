-- The steps of mailings that send a promocode, and of which group.
create or replace temp table mailing_code as
select
    unnest($campaigns::varchar[]) as campaign,
    unnest($versions::integer[]) as version,
    unnest($steps::integer[]) as step,
    unnest($pools::varchar[]) as pool,
    unnest($details::varchar[]) as detail   -- last: the last code again
