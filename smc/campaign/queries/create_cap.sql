-- The caps of the project.
create or replace temp table cap as
select
    unnest($numbers::integer[]) as cap_no,
    unnest($channels::varchar[]) as channel,     -- null: any
    unnest($categories::varchar[]) as category,  -- null: any
    unnest($messages::integer[]) as messages,
    unnest($calendar::boolean[]) as calendar,    -- counted by days of the customer's calendar, else by hours
    unnest($lengths::bigint[]) as length         -- days, or microseconds
