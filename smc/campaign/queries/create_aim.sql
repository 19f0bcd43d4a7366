-- The moments that messages are meant for: a time of the day by the clocks of a zone, and when the days of these end.
create or replace temp table aim as
select
    unnest($send_at::varchar[]) as send_at,
    unnest($zones::varchar[]) as zone,
    unnest($today::timestamptz[]) as today,         -- the time on the day of the run
    unnest($following::timestamptz[]) as following, -- the first such time from the run on
    unnest($today_ends::timestamptz[]) as today_ends_at,
    unnest($following_ends::timestamptz[]) as following_ends_at,
    unnest($now_ends::timestamptz[]) as now_ends_at
