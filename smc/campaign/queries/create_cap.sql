-- The caps of the project.
create or replace temp table cap as
select
    unnest($numbers::integer[]) as cap_no,
    unnest($channels::varchar[]) as channel,
    unnest($categories::varchar[]) as category,
    unnest($messages::integer[]) as messages,
    unnest($days::integer[]) as days
