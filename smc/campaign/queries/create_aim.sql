-- The moments that messages are meant for: a time of the day by the clocks of a zone.
create or replace temp table aim as
select
    unnest($send_at::varchar[]) as send_at,
    unnest($zones::varchar[]) as zone,
    unnest($today::timestamptz[]) as today,
    unnest($next_day::timestamptz[]) as next_day,
    unnest($day_ends::timestamptz[]) as day_ends_at
