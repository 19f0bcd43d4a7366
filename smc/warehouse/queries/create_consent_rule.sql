-- What each category needs in each channel: required, not_refused or none.
create or replace temp table consent_rule as
select
    unnest($channels::varchar[]) as channel,
    unnest($categories::varchar[]) as category,
    unnest($needs::varchar[]) as needed
