-- The days of customers' calendars, numbered, with the instants at which they begin.
create or replace temp table local_day as
select
    unnest($zones::varchar[]) as zone,
    unnest($numbers::integer[]) as day_no,
    unnest($begins_at::timestamptz[]) as begins_at,
    unnest($ends_at::timestamptz[]) as ends_at
